//! The Server API face: authenticates, authorises the merchant, finds the idempotence record, parses, validates, and
//! hands over to the platform.
//!
//! Requests are routed by the operation table of the specification, so an operation is either answered here or says
//! that it is not served yet.

mod answer;
mod authenticate;
mod handlers;
mod parse;
mod payments;
mod query;
mod refunds;
mod replay;
mod services;
mod sessions;
mod tokens;

use std::sync::Arc;

use bytes::Bytes;
use florin_engine::Fault;
use florin_wire::Operation;
use florin_wire::connect::v1::operations;
use http::request::Parts;

use crate::platform::{Began, Failure, MerchantAccount, Mode, Platform, Remember};
pub(crate) use answer::{Answer, Response};
use handlers::Handler;

/// The face. One for each process.
pub(crate) struct ServerApi {
    platform: Arc<Platform>,
    routes: matchit::Router<Vec<Route>>,
}

struct Route {
    operation: &'static Operation,
    handler: Option<Handler>,
}

/// A request that was let in.
pub(crate) struct Call {
    /// Who asks.
    merchant: Arc<MerchantAccount>,
    /// The path parameters after the merchant's id, decoded.
    ids: Vec<String>,
    /// The raw query.
    query: String,
    /// The body, at most 1 MiB.
    body: Bytes,
    /// Where the answer is to be remembered.
    remember: Option<Remember>,
}

impl Call {
    /// The id of the object that the call is about.
    fn id(&self) -> &str {
        self.ids.first().map_or("", String::as_str)
    }
}

impl ServerApi {
    /// Builds the routes from the operation table.
    pub(crate) fn new(platform: Arc<Platform>) -> Result<Self, matchit::InsertError> {
        let mut by_path: Vec<(&str, Vec<Route>)> = Vec::new();
        for operation in operations::ALL {
            let route = Route { operation, handler: handlers::of(operation) };
            match by_path.iter_mut().find(|(path, _)| *path == operation.path) {
                Some((_, routes)) => routes.push(route),
                None => by_path.push((operation.path, vec![route])),
            }
        }
        let mut routes = matchit::Router::new();
        for (path, methods) in by_path {
            routes.insert(path, methods)?;
        }
        Ok(Self { platform, routes })
    }

    /// Answers a request. The body is nothing when it was too long.
    pub(crate) async fn answer(&self, parts: Parts, body: Option<Bytes>) -> Response {
        let mut explain = None;
        let outcome = self.route(&parts, body, &mut explain).await;
        let mut response = answer::render(&self.platform, outcome);
        if self.platform.config.mode == Mode::Sandbox
            && let Some(explain) = explain
        {
            tracing::info!(explain, "a signature was refused");
            response.explain = Some(explain);
        }
        response
    }

    async fn route(
        &self,
        parts: &Parts,
        body: Option<Bytes>,
        explain: &mut Option<String>,
    ) -> Result<Answer, Failure> {
        // Some clients send a doubled slash; they sign what they send.
        let path = parts.uri.path();
        let path = format!("/{}", path.trim_start_matches('/'));
        let Ok(found) = self.routes.at(&path) else {
            return Err(Fault::unknown_path().into());
        };
        let Some(route) =
            found.value.iter().find(|route| parts.method == route.operation.method.as_str())
        else {
            return Err(Fault::method_not_allowed().into());
        };
        let account = authenticate::account(&self.platform, parts).map_err(|refusal| {
            *explain = refusal.explanation;
            Fault::unauthorised()
        })?;
        let mut ids = Vec::new();
        for (_, value) in found.params.iter() {
            ids.push(percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned());
        }
        let merchant_id = if ids.is_empty() { String::new() } else { ids.remove(0) };
        let merchant = self
            .platform
            .directory
            .merchant(&merchant_id)
            .filter(|merchant| merchant.account == account)
            .ok_or_else(|| Fault::foreign_merchant().at("merchantId"))?;
        let Some(handler) = route.handler else { return Err(Fault::not_served().into()) };
        let offered = route.operation.platforms;
        if !offered.is_empty() && !offered.contains(&merchant.platform) {
            return Err(not_on_this_platform(&merchant).into());
        }
        let body = body.ok_or_else(|| Fault::bad_request().saying("the body is too long"))?;
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let call = Call { merchant, ids, query, body, remember: None };
        self.once(route.operation, handler, parts, call).await
    }

    /// Runs a call, or repeats the answer that its idempotence key already got.
    async fn once(
        &self,
        operation: &'static Operation,
        handler: Handler,
        parts: &Parts,
        mut call: Call,
    ) -> Result<Answer, Failure> {
        let key = parts.headers.get("x-gcs-idempotence-key");
        // Not `to_str`, which has nothing for a key with letters beyond ASCII: it would count as none.
        let key = key.and_then(|key| std::str::from_utf8(key.as_bytes()).ok());
        let key = key.map(str::trim).filter(|key| !key.is_empty() && operation.idempotent);
        let Some(key) = key else { return self.run(handler, call).await };
        let path = parts.uri.path().trim_start_matches('/');
        let method = operation.method.as_str();
        let began = self.platform.begin(&call.merchant, method, path, key).await?;
        let merchant = Arc::clone(&call.merchant);
        let began = match began {
            Began::First(remember, guard) => {
                call.remember = Some(remember.clone());
                let outcome = self.run_guarded(handler, call, guard).await;
                match outcome {
                    Err(Failure::Raced) => self.platform.raced(&remember).await?,
                    outcome => return outcome,
                }
            }
            began => began,
        };
        match began {
            Began::Repeat(remembered) => {
                let answer = replay::again(&self.platform, &merchant, operation, &remembered).await;
                Ok(answer?.repeating(remembered.first_ms))
            }
            Began::InProgress(first_ms) => {
                Ok(Answer::rejected(Fault::duplicate_in_progress().into()).repeating(first_ms))
            }
            Began::First(..) => Err(Fault::internal().into()),
        }
    }

    async fn run(&self, handler: Handler, call: Call) -> Result<Answer, Failure> {
        in_a_task_of_its_own(handler(Arc::clone(&self.platform), call)).await
    }

    async fn run_guarded<G: Send + 'static>(
        &self,
        handler: Handler,
        call: Call,
        guard: G,
    ) -> Result<Answer, Failure> {
        let work = handler(Arc::clone(&self.platform), call);
        in_a_task_of_its_own(async move {
            let outcome = work.await;
            drop(guard);
            outcome
        })
        .await
    }
}

/// A client that hangs up cancels the future of its request, not the decision that is being made for it.
async fn in_a_task_of_its_own(
    work: impl Future<Output = Result<Answer, Failure>> + Send + 'static,
) -> Result<Answer, Failure> {
    match tokio::spawn(work).await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::error!(%error, "a request failed unexpectedly");
            Err(Fault::internal().into())
        }
    }
}

fn not_on_this_platform(merchant: &MerchantAccount) -> Fault {
    let message = format!("ACTION IS NOT ALLOWED FOR MERCHANT {}", merchant.id);
    Fault::action_not_allowed().saying(message)
}

/// The answer to a request of another face that was refused: the same envelope.
pub(crate) fn refused(platform: &Platform, failure: Failure) -> Response {
    answer::render(platform, Err(failure))
}
