//! Calls of operations that are newer than this SDK: any method, path, query and JSON.

use florin_wire::{Body, ErrorShape, Method, Operation};
use serde_json::Value;

use super::answer::{Answer, SyntaxError, without_mark};
use super::call::Call;
use super::client::Client;
use super::prepare::Prepared;
use super::reply::{Decode, Reply};
use super::v1::Merchant;

impl Client {
    /// A call of any operation, by its whole path, such as `/v1/1226/payments`. See [`Merchant::raw`].
    pub fn raw(&self, method: Method, path: impl AsRef<str>) -> Call<Value> {
        Call::new(self, operation(method, false), Prepared::raw("", "", path.as_ref()))
    }
}

impl Merchant {
    /// A call of an operation that this SDK does not know, by its path below that of the merchant. It is signed, sent
    /// and answered like every other: an answer that is none of success is the [`Error`](super::Error) that it would
    /// be, declines included.
    ///
    /// Each part of the path between slashes is encoded, so it is written in the clear. A GET is repeated when that
    /// is safe; see [`honours_idempotence_key`](Call::honours_idempotence_key) for the others. What comes back is
    /// plain JSON: unlike the types of the API it prints what it holds, card data and all.
    ///
    /// ```no_run
    /// use florin::Method;
    /// use serde_json::json;
    /// # use florin::connect::{Client, Error};
    /// # async fn example(client: Client, payment_id: &str) -> Result<(), Error> {
    /// let answer = client
    ///     .merchant("1226")
    ///     .raw(Method::Post, format!("payments/{payment_id}/extend"))
    ///     .query("dryRun", "true")
    ///     .json(&json!({"days": 7}))
    ///     .idempotence_key("extend 5391")
    ///     .honours_idempotence_key()
    ///     .await?;
    /// println!("{}", answer["status"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw(&self, method: Method, path: impl AsRef<str>) -> Call<Value> {
        self.scope.raw(operation(method, false), path.as_ref())
    }
}

/// What raw calls can be given.
impl Call<Value> {
    /// Sets the body.
    pub fn json(mut self, body: &Value) -> Self {
        let outcome = self.prepared.as_mut().map_or(Ok(()), |prepared| prepared.set_value(body));
        match outcome {
            Ok(()) => self,
            Err(error) => self.refused(error),
        }
    }

    /// Appends a parameter to the query. A name may be repeated.
    pub fn query(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        if let Ok(prepared) = &mut self.prepared {
            prepared.push_query(name.as_ref(), value.as_ref());
        }
        self
    }

    /// Says that the operation processes requests with the same idempotence key only once, so that a call that
    /// carries a key may be repeated when its answer is lost. Where that is not so, it may be done twice.
    pub fn honours_idempotence_key(mut self) -> Self {
        self.operation = operation(self.operation.method, true);
        self
    }
}

/// An empty body is `null`.
impl Decode for Value {
    #[allow(private_interfaces, reason = "sealed")]
    fn decode(answer: &Answer) -> Result<Self, SyntaxError> {
        let body = without_mark(&answer.body);
        if body.trim_ascii().is_empty() {
            return Ok(Self::Null);
        }
        serde_json::from_slice(body).map_err(|error| SyntaxError::new(&error))
    }
}

impl Reply for Value {}

/// What is known of an operation of which nothing is known.
fn operation(method: Method, idempotent: bool) -> &'static Operation {
    static UNKNOWN: [[Operation; 2]; 4] = [
        [unknown(Method::Get, false), unknown(Method::Get, true)],
        [unknown(Method::Post, false), unknown(Method::Post, true)],
        [unknown(Method::Put, false), unknown(Method::Put, true)],
        [unknown(Method::Delete, false), unknown(Method::Delete, true)],
    ];
    let of_method = match method {
        Method::Get => &UNKNOWN[0],
        Method::Post => &UNKNOWN[1],
        Method::Put => &UNKNOWN[2],
        Method::Delete => &UNKNOWN[3],
    };
    &of_method[usize::from(idempotent)]
}

const fn unknown(method: Method, idempotent: bool) -> Operation {
    Operation {
        id: "raw",
        method,
        path: "",
        parameters: &[],
        query: &[],
        request: Body::None,
        response: Body::None,
        success: &[],
        error: ErrorShape::Any,
        idempotent,
        platforms: &[],
    }
}
