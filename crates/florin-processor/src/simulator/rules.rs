//! The rule table as it is written in TOML, and as the simulator searches it.
//!
//! A faulty file is refused as a whole, with the entry at fault. **Invariant:** no message repeats a card number.

use std::collections::HashMap;
use std::time::Duration;

use florin_engine::authorisation::{Authorisation, Decline, FraudResult};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;

/// The longest that a rule may keep a caller waiting: ten minutes, twice the read timeout of the official SDKs.
const LATENCY_MAX_MS: u64 = 600_000;

/// What is wrong with a rule file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct RulesError {
    /// The entry at fault, such as `rule 3 (line 12)`.
    pub place: String,
    /// What is wrong with it.
    pub problem: String,
}

impl RulesError {
    fn new(place: &str, problem: &str) -> Self {
        Self { place: place.to_owned(), problem: without_card_numbers(problem) }
    }
}

/// Rules and what belongs to them.
pub(super) struct Table {
    pub(super) rules: Vec<Rule>,
    pub(super) otherwise: Answer,
    pub(super) cities: Vec<(String, FraudResult)>,
    pub(super) declines: HashMap<String, Decline>,
}

/// One rule: an answer, and what an authorisation must have to get it. What is absent or empty matches anything.
pub(super) struct Rule {
    pub(super) cards: Vec<String>,
    cvv: Option<String>,
    amounts: Vec<i64>,
    currencies: Vec<String>,
    product: Option<i32>,
    city: Option<String>,
    pub(super) answer: Answer,
}

/// The answer of a simulated issuer.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) issued: Issued,
    pub(super) address_result: String,
    pub(super) verification_result: String,
    pub(super) latency: Duration,
    /// The code that this table's approvals have unless they name one.
    approval_code: String,
}

/// What a simulated issuer decided.
#[derive(Clone)]
pub(super) enum Issued {
    Approval { code: String },
    Decline(Decline),
    Authentication,
}

impl Rule {
    /// Whether it applies, apart from the card, which the index has looked at.
    pub(super) fn matches(&self, authorisation: &Authorisation) -> bool {
        (self.amounts.is_empty() || self.amounts.contains(&authorisation.amount))
            && (self.currencies.is_empty() || self.currencies.contains(&authorisation.currency))
            && self.product.is_none_or(|product| product == authorisation.product)
            && self.cvv.as_ref().is_none_or(|cvv| {
                authorisation.cvv.as_ref().is_some_and(|given| given.expose() == cvv)
            })
            && self.city.as_ref().is_none_or(|city| {
                let given = authorisation.city.as_ref();
                given.is_some_and(|given| given.trim().eq_ignore_ascii_case(city))
            })
    }

    /// An authorisation that has just what the rule asks for, and otherwise what no rule names.
    #[cfg(test)]
    pub(super) fn example(&self) -> Authorisation {
        let card = self.cards.first().map_or("4444333322221111", String::as_str);
        let currency = self.currencies.first().map_or("SEK", String::as_str);
        Authorisation {
            reference: "1".to_owned(),
            amount: self.amounts.first().copied().unwrap_or(98_765),
            currency: currency.to_owned(),
            product: self.product.unwrap_or(1),
            number: card.into(),
            expiry: "1299".into(),
            cvv: self.cvv.as_deref().map(Into::into),
            city: self.city.clone(),
            skip_fraud: false,
        }
    }
}

impl Table {
    /// Reads a table. Without a base it has to be complete; with one it takes from there what it leaves out.
    pub(super) fn parse(text: &str, base: Option<&Self>) -> Result<Self, RulesError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            RulesError::new(&format!("line {}", line(text, offset)), error.message())
        })?;

        let mut declines = HashMap::new();
        for (place, code) in entries::<CodeEntry>("code", file.code, text)? {
            let decline =
                Decline { code: code.code, message: code.message, retriable: code.retriable };
            if declines.insert(decline.code.clone(), decline).is_some() {
                return Err(RulesError::new(&place, "the same code appears twice"));
            }
        }
        let known = |code: &str| {
            declines.get(code).or_else(|| base.and_then(|base| base.declines.get(code)))
        };

        let otherwise = match (file.default, base) {
            (Some(entry), base) => {
                let (place, entry) = entry_at::<AnswerEntry>("default", entry, text)?;
                entry
                    .answer(base.map(|base| &base.otherwise), &known)
                    .map_err(|problem| RulesError::new(&place, &problem))?
            }
            (None, Some(base)) => base.otherwise.clone(),
            (None, None) => return Err(RulesError::new("default", "it is missing")),
        };

        let mut rules = Vec::with_capacity(file.rule.len());
        for (place, entry) in entries::<RuleEntry>("rule", file.rule, text)? {
            let rule = entry.rule(&otherwise, &known);
            rules.push(rule.map_err(|problem| RulesError::new(&place, &problem))?);
        }
        let cities = entries::<FraudEntry>("fraud", file.fraud, text)?;
        let cities = cities.into_iter().map(|(_, entry)| (entry.city, entry.result)).collect();
        Ok(Self { rules, otherwise, cities, declines })
    }

    /// Puts this table in front of another.
    pub(super) fn before(mut self, other: Self) -> Self {
        self.rules.extend(other.rules);
        self.cities.extend(other.cities);
        for (code, decline) in other.declines {
            self.declines.entry(code).or_insert(decline);
        }
        self
    }
}

/// The outline of a file. Its entries are read one by one, so that an error can name the entry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    default: Option<Spanned<toml::Value>>,
    #[serde(default)]
    fraud: Vec<Spanned<toml::Value>>,
    #[serde(default)]
    rule: Vec<Spanned<toml::Value>>,
    #[serde(default)]
    code: Vec<Spanned<toml::Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeEntry {
    code: String,
    message: String,
    retriable: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FraudEntry {
    city: String,
    result: FraudResult,
}

/// `[default]`: an answer without conditions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerEntry {
    outcome: Option<OutcomeName>,
    code: Option<String>,
    message: Option<String>,
    retriable: Option<bool>,
    auth_code: Option<String>,
    avs: Option<String>,
    cvv_result: Option<String>,
    latency_ms: Option<u64>,
}

/// `[[rule]]`. The members of the answer are repeated because serde cannot flatten and refuse unknown members at once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    card: Option<String>,
    cards: Option<Vec<String>>,
    cvv: Option<String>,
    amount: Option<i64>,
    amounts: Option<Vec<i64>>,
    currency: Option<String>,
    currencies: Option<Vec<String>>,
    product: Option<i32>,
    city: Option<String>,
    outcome: OutcomeName,
    code: Option<String>,
    message: Option<String>,
    retriable: Option<bool>,
    auth_code: Option<String>,
    avs: Option<String>,
    cvv_result: Option<String>,
    latency_ms: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OutcomeName {
    Approve,
    Decline,
    Redirect,
}

impl RuleEntry {
    fn rule<'a>(
        self,
        base: &Answer,
        known: &impl Fn(&str) -> Option<&'a Decline>,
    ) -> Result<Rule, String> {
        let cards = one_or_many("card", self.card, self.cards)?;
        if cards.iter().any(|card| !is_digits(card, 12..=19)) {
            return Err("a card number is 12 to 19 digits".to_owned());
        }
        let currencies = one_or_many("currency", self.currency, self.currencies)?;
        let is_currency = |text: &String| text.len() == 3 && text.bytes().all(is_capital);
        if !currencies.iter().all(is_currency) {
            return Err("a currency is three capital letters".to_owned());
        }
        let amounts = one_or_many("amount", self.amount, self.amounts)?;
        if amounts.iter().any(|amount| *amount < 0) {
            return Err("an amount is not negative".to_owned());
        }
        if self.cvv.as_ref().is_some_and(|cvv| !is_digits(cvv, 3..=4)) {
            return Err("a cvv is three or four digits".to_owned());
        }
        let answer = AnswerEntry {
            outcome: Some(self.outcome),
            code: self.code,
            message: self.message,
            retriable: self.retriable,
            auth_code: self.auth_code,
            avs: self.avs,
            cvv_result: self.cvv_result,
            latency_ms: self.latency_ms,
        };
        Ok(Rule {
            cards,
            cvv: self.cvv,
            amounts,
            currencies,
            product: self.product,
            city: self.city,
            answer: answer.answer(Some(base), known)?,
        })
    }
}

impl AnswerEntry {
    fn answer<'a>(
        self,
        base: Option<&Answer>,
        known: &impl Fn(&str) -> Option<&'a Decline>,
    ) -> Result<Answer, String> {
        let latency_ms = self.latency_ms.unwrap_or(0);
        if latency_ms > LATENCY_MAX_MS {
            return Err(format!("latency_ms is at most {LATENCY_MAX_MS}"));
        }
        let of_base = |given: Option<String>, taken: fn(&Answer) -> &String, name: &str| {
            given
                .or_else(|| base.map(|base| taken(base).clone()))
                .ok_or_else(|| format!("{name} is missing"))
        };
        let address_result = of_base(self.avs, |base| &base.address_result, "avs")?;
        let verification_result =
            of_base(self.cvv_result, |base| &base.verification_result, "cvv_result")?;
        for (name, letter) in [("avs", &address_result), ("cvv_result", &verification_result)] {
            if letter.len() != 1 {
                return Err(format!("{name} is one letter or digit"));
            }
        }
        let approval_code = of_base(self.auth_code, |base| &base.approval_code, "auth_code")?;
        if self.outcome != Some(OutcomeName::Decline)
            && (self.code.is_some() || self.message.is_some() || self.retriable.is_some())
        {
            return Err("code, message and retriable belong to the outcome decline".to_owned());
        }
        let issued = match (self.outcome, base) {
            (Some(OutcomeName::Approve), _) | (None, None) => {
                Issued::Approval { code: approval_code.clone() }
            }
            (Some(OutcomeName::Redirect), _) => Issued::Authentication,
            (Some(OutcomeName::Decline), _) => {
                Issued::Decline(decline(self.code, self.message, self.retriable, known)?)
            }
            (None, Some(base)) => match &base.issued {
                Issued::Approval { .. } => Issued::Approval { code: approval_code.clone() },
                other => other.clone(),
            },
        };
        Ok(Answer {
            issued,
            address_result,
            verification_result,
            latency: Duration::from_millis(latency_ms),
            approval_code,
        })
    }
}

/// A decline, completed from the catalogue.
fn decline<'a>(
    code: Option<String>,
    message: Option<String>,
    retriable: Option<bool>,
    known: &impl Fn(&str) -> Option<&'a Decline>,
) -> Result<Decline, String> {
    let code = code.ok_or("a decline needs a code")?;
    let (message, retriable) = match (known(&code), message, retriable) {
        (Some(known), message, retriable) => {
            (message.unwrap_or_else(|| known.message.clone()), retriable.unwrap_or(known.retriable))
        }
        (None, Some(message), Some(retriable)) => (message, retriable),
        (None, ..) => {
            return Err("a code outside the catalogue needs message and retriable".to_owned());
        }
    };
    Ok(Decline { code, message, retriable })
}

fn entries<T: DeserializeOwned>(
    kind: &str,
    values: Vec<Spanned<toml::Value>>,
    text: &str,
) -> Result<Vec<(String, T)>, RulesError> {
    let numbered = values.into_iter().enumerate();
    numbered.map(|(index, value)| entry_at(&format!("{kind} {}", index + 1), value, text)).collect()
}

fn entry_at<T: DeserializeOwned>(
    name: &str,
    value: Spanned<toml::Value>,
    text: &str,
) -> Result<(String, T), RulesError> {
    let place = format!("{name} (line {})", line(text, value.span().start));
    match value.into_inner().try_into() {
        Ok(entry) => Ok((place, entry)),
        Err(error) => Err(RulesError::new(&place, error.message())),
    }
}

fn line(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn one_or_many<T>(name: &str, one: Option<T>, many: Option<Vec<T>>) -> Result<Vec<T>, String> {
    match (one, many) {
        (Some(_), Some(_)) => Err(format!("{name} is given as one and as a list")),
        (_, Some(many)) if many.is_empty() => Err(format!("the list for {name} is empty")),
        (one, many) => Ok(many.unwrap_or_else(|| one.into_iter().collect())),
    }
}

fn is_digits(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_capital(byte: u8) -> bool {
    byte.is_ascii_uppercase()
}

/// Stars instead of anything as long as a card number: a parser's message quotes what it did not like.
fn without_card_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let (before, digits) = rest.split_at(start);
        let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
        out.push_str(before);
        out.push_str(if end < 12 { &digits[..end] } else { "***" });
        rest = &digits[end..];
    }
    out.push_str(rest);
    out
}
