//! Version 1 of the Connect Server API: its groups of calls and its types.

use super::Client;
pub use super::generated::*;
use super::runtime::Scope;

/// The types of requests and answers.
pub use florin_wire::connect::v1::types;

/// The calls of version 1, made by [`Client::v1`].
#[derive(Clone, Debug)]
pub struct Api {
    client: Client,
}

impl Api {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The calls of one merchant account, by its id.
    pub fn merchant(&self, merchant_id: impl AsRef<str>) -> Merchant {
        Merchant::new(Scope::new(self.client.clone(), merchant_id.as_ref()))
    }
}
