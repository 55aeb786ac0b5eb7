//! Prints the table of operations.

use std::collections::BTreeMap;

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::model::{Api, Content, Operation};
use super::names::{camel, upper};
use super::types::doc_lines;

/// One module for each group, and the one that gathers them.
pub(super) fn print(api: &Api) -> BTreeMap<String, TokenStream> {
    let mut modules = BTreeMap::new();
    let mut gathered = Vec::new();
    let mut all = Vec::new();
    for (name, file) in api.files.iter().filter(|(_, file)| !file.operations.is_empty()) {
        let module = format_ident!("{name}");
        gathered.push(quote! { mod #module; pub use #module::*; });
        all.extend(file.operations.iter().map(|operation| upper(&operation.id)));
        let doc = doc_lines(&[format!("Operations of the group `{name}`.")], true);
        let operations = file.operations.iter().map(print_operation);
        modules.insert(
            name.clone(),
            quote! {
                #doc
                #[allow(unused_imports)]
                use crate::connect::v1::types::*;
                #[allow(unused_imports)]
                use crate::{Body, ErrorShape, Method, Operation, Parameter, Platform, QueryParameter, Typed};

                #(#operations)*
            },
        );
    }
    let doc = doc_lines(&["The operations of the Connect Server API.".to_owned()], true);
    modules.insert(
        "mod".to_owned(),
        quote! {
            #doc
            #(#gathered)*
            use crate::Operation;

            /// Every operation.
            pub static ALL: &[&Operation] = &[#(&#all),*];
        },
    );
    modules
}

fn print_operation(operation: &Operation) -> TokenStream {
    let constant = upper(&operation.id);
    let Operation { id, path, summary, idempotent, .. } = operation;
    let doc = format!(" `{id}`: {}.", summary.trim_end_matches('.'));
    let method = camel(&operation.method);
    let parameters =
        operation.parameters.iter().map(|(name, _)| quote! { Parameter { name: #name } });
    let query = operation.query.iter().flat_map(|query| &query.members).map(|member| {
        let (name, repeated) = (&member.name, member.list);
        quote! { QueryParameter { name: #name, repeated: #repeated } }
    });
    let (request, response) = (print_body(&operation.request), print_body(&operation.response));
    let success = operation.success.iter().map(|status| Literal::u16_unsuffixed(*status));
    let error = format_ident!(
        "{}",
        match operation.declined.as_deref() {
            Some("paymentResult") => "Payment",
            Some("payoutResult") => "Payout",
            Some("refundResult") => "Refund",
            _ => "Plain",
        }
    );
    let platforms = operation.platforms.iter().map(|platform| camel(platform));
    quote! {
        #[doc = #doc]
        pub static #constant: Operation = Operation {
            id: #id,
            method: Method::#method,
            path: #path,
            parameters: &[#(#parameters),*],
            query: &[#(#query),*],
            request: #request,
            response: #response,
            success: &[#(#success),*],
            error: ErrorShape::#error,
            idempotent: #idempotent,
            platforms: &[#(Platform::#platforms),*],
        };
    }
}

fn print_body(content: &Content) -> TokenStream {
    match content {
        Content::None => quote! { Body::None },
        Content::Binary => quote! { Body::Binary },
        Content::Multipart => quote! { Body::Multipart },
        Content::Json(name) => {
            let name = camel(name);
            quote! { Body::Json(<#name as Typed>::SCHEMA) }
        }
    }
}
