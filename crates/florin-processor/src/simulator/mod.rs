//! The issuer simulator: an issuer and a fraud screen whose answers are a table.
//!
//! The documented test cards are its default table; a user's file adds rules in front of them. The same request
//! always gets the same answer.

mod rules;

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use florin_engine::authorisation::{Authorisation, Decline, FraudResult, Outcome, Verdict};

use self::rules::{Answer, Issued, Rule, Table};
use crate::{BoxFuture, Inquiry, Nature, Processor, ProcessorError};

pub use self::rules::RulesError;

/// The rules for the documented test cards.
const DOCUMENTED: &str = include_str!("../../data/simulator.toml");

/// The code of a refusal by fraud screening, where no issuer was asked.
const FRAUD_DENIED: &str = "430421";

/// A stand-in for issuers and fraud screening, for sandboxes.
pub struct Simulator {
    /// Every rule, in the order in which they are tried.
    rules: Vec<Rule>,
    /// Which rules can match a card that some rule names, in order.
    by_card: HashMap<String, Vec<usize>>,
    /// Which rules can match any other card, in order.
    any_card: Vec<usize>,
    /// The answer when no rule matches.
    otherwise: Answer,
    /// What fraud screening makes of a city.
    cities: Vec<(String, FraudResult)>,
    /// Every decline that has a code.
    declines: HashMap<String, Decline>,
}

impl Simulator {
    /// The documented test cards.
    pub fn new() -> Result<Self, RulesError> {
        Self::with_rules("")
    }

    /// The documented test cards, after the rules of a TOML text.
    ///
    /// The text has the format of the default table, `data/simulator.toml`: `[[rule]]`, `[[fraud]]` and `[[code]]`
    /// entries come before the documented ones, and the members of `[default]` replace those that are given.
    pub fn with_rules(toml: &str) -> Result<Self, RulesError> {
        let documented = Table::parse(DOCUMENTED, None)?;
        Ok(Self::of(Table::parse(toml, Some(&documented))?.before(documented)))
    }

    /// What the catalogue says about a decline code.
    pub fn decline(&self, code: &str) -> Option<&Decline> {
        self.declines.get(code)
    }

    fn of(table: Table) -> Self {
        let Table { rules, otherwise, cities, declines } = table;
        let any_card = indices(&rules, |rule| rule.cards.is_empty());
        let by_card = rules
            .iter()
            .flat_map(|rule| &rule.cards)
            .map(|card| {
                let relevant = |rule: &Rule| rule.cards.is_empty() || rule.cards.contains(card);
                (card.clone(), indices(&rules, relevant))
            })
            .collect();
        Self { rules, by_card, any_card, otherwise, cities, declines }
    }

    fn screen(&self, authorisation: &Authorisation) -> FraudResult {
        match &authorisation.city {
            Some(city) if !authorisation.skip_fraud => self
                .cities
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(city.trim()))
                .map_or(FraudResult::NoAdvice, |(_, result)| *result),
            _ => FraudResult::NoAdvice,
        }
    }

    fn issuer(&self, authorisation: &Authorisation) -> &Answer {
        self.by_card
            .get(authorisation.number.expose())
            .unwrap_or(&self.any_card)
            .iter()
            .map(|index| &self.rules[*index])
            .find(|rule| rule.matches(authorisation))
            .map_or(&self.otherwise, |rule| &rule.answer)
    }

    fn decide(&self, authorisation: &Authorisation) -> (Outcome, Duration) {
        let fraud = self.screen(authorisation);
        if fraud == FraudResult::Denied {
            return (denied(), Duration::ZERO);
        }
        let answer = self.issuer(authorisation);
        let verdict = match &answer.issued {
            Issued::Approval { code } => Verdict::Approved {
                code: code.clone(),
                scheme_transaction: scheme_transaction(&authorisation.reference),
            },
            Issued::Decline(decline) => Verdict::Declined(decline.clone()),
            Issued::Authentication => Verdict::AuthenticationRequired,
        };
        let outcome = Outcome {
            verdict,
            fraud,
            avs: answer.address_result.clone(),
            cvv: answer.verification_result.clone(),
        };
        (outcome, answer.latency)
    }
}

impl Processor for Simulator {
    fn authorise<'a>(
        &'a self,
        authorisation: &'a Authorisation,
    ) -> BoxFuture<'a, Result<Outcome, ProcessorError>> {
        let (outcome, latency) = self.decide(authorisation);
        Box::pin(async move {
            if !latency.is_zero() {
                tokio::time::sleep(latency).await;
            }
            Ok(outcome)
        })
    }

    /// Never known: it remembers nothing, and would decide the same again.
    fn inquire<'a>(
        &'a self,
        _reference: &'a str,
    ) -> BoxFuture<'a, Result<Inquiry, ProcessorError>> {
        Box::pin(std::future::ready(Ok(Inquiry::Unknown)))
    }

    fn nature(&self) -> Nature {
        Nature::Local
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator").field("rules", &self.rules.len()).finish_non_exhaustive()
    }
}

fn indices(rules: &[Rule], relevant: impl Fn(&Rule) -> bool) -> Vec<usize> {
    let numbered = rules.iter().enumerate();
    numbered.filter(|(_, rule)| relevant(rule)).map(|(index, _)| index).collect()
}

fn denied() -> Outcome {
    Outcome {
        verdict: Verdict::Declined(Decline {
            code: FRAUD_DENIED.to_owned(),
            message: "Not authorised".to_owned(),
            retriable: false,
        }),
        fraud: FraudResult::Denied,
        avs: "0".to_owned(),
        cvv: "0".to_owned(),
    }
}

/// Fifteen digits, as card schemes give them, always the same for the same reference.
fn scheme_transaction(reference: &str) -> String {
    // FNV-1a: what matters is that neighbouring references differ, not that the id is hard to guess.
    let hash = reference.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{:015}", hash % 1_000_000_000_000_000)
}

#[cfg(test)]
mod tests;
