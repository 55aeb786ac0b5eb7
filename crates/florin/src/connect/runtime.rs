//! What generated code calls.

use std::sync::Arc;

use florin_wire::{Object, Operation};

pub(crate) use super::call::Call;
use super::client::Client;
use super::prepare::{Content, Prepared};
pub(crate) use super::reply::{Download, Reply, reply};
pub(crate) use super::upload::UploadableFile;

/// A client and the merchant account for which it calls.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    client: Client,
    merchant_id: Arc<str>,
}

impl Scope {
    pub(super) fn new(client: Client, merchant_id: &str) -> Self {
        Self { client, merchant_id: merchant_id.into() }
    }

    /// A call. `ids` are the path parameters after the merchant id, in the order of the template.
    pub(crate) fn call<T: Reply>(
        &self,
        operation: &'static Operation,
        ids: &[&str],
        body: Option<&dyn Object>,
        query: Option<&dyn Object>,
    ) -> Call<T> {
        let content = body.map_or(Content::None, Content::Json);
        let prepared = Prepared::new(operation, &self.merchant_id, ids, content, query);
        Call::new(&self.client, operation, prepared)
    }

    /// A call of an operation that the specification does not know.
    pub(super) fn raw(&self, operation: &'static Operation, path: &str) -> Call<serde_json::Value> {
        let prepared = Prepared::raw("/v1/{merchantId}", &self.merchant_id, path);
        Call::new(&self.client, operation, prepared)
    }

    /// A call that uploads a file.
    pub(crate) fn upload<T: Reply>(
        &self,
        operation: &'static Operation,
        ids: &[&str],
        file: UploadableFile,
    ) -> Call<T> {
        let prepared = Prepared::new(operation, &self.merchant_id, ids, Content::File(file), None);
        Call::new(&self.client, operation, prepared)
    }
}
