//! Prints the methods of the SDK: one struct for each group, one method for each operation.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::model::{Api, Content, Operation};
use super::names::{camel, snake, upper};
use super::types::doc_lines;

/// One module for each group, and the one that gathers them.
pub(super) fn print(api: &Api) -> BTreeMap<String, TokenStream> {
    let mut modules = BTreeMap::new();
    let mut gathered = Vec::new();
    let mut groups = Vec::new();
    let mut replies = Vec::new();
    for (name, file) in api.files.iter().filter(|(_, file)| !file.operations.is_empty()) {
        let module = format_ident!("{name}");
        let group = camel(name);
        let title = doc_lines(std::slice::from_ref(&file.title), false);
        gathered.push(quote! { mod #module; pub use #module::#group; });
        groups.push(quote! {
            #title
            pub fn #module(&self) -> #group { #group::new(self.scope.clone()) }
        });
        for operation in &file.operations {
            if let Content::Json(reply) = &operation.response {
                let reply = camel(reply);
                if !replies.contains(&reply) {
                    replies.push(reply);
                }
            }
        }
        let doc = doc_lines(&[format!("Calls of the group `{name}`.")], true);
        let methods = file.operations.iter().map(print_method);
        modules.insert(
            name.clone(),
            quote! {
                #doc
                #[allow(unused_imports)]
                use crate::connect::runtime::{Call, Download, Scope, UploadableFile};
                use florin_wire::connect::v1::operations;
                #[allow(unused_imports)]
                use florin_wire::connect::v1::types::*;

                #title
                #[derive(Clone, Debug)]
                pub struct #group { scope: Scope }

                impl #group {
                    pub(crate) fn new(scope: Scope) -> Self { Self { scope } }

                    #(#methods)*
                }
            },
        );
    }
    let doc = doc_lines(&["The calls of the Connect Server API.".to_owned()], true);
    modules.insert(
        "mod".to_owned(),
        quote! {
            #doc
            #(#gathered)*
            use crate::connect::runtime::{Scope, reply};
            use florin_wire::connect::v1::types::*;

            /// The calls that one merchant account can make.
            #[derive(Clone, Debug)]
            pub struct Merchant { pub(crate) scope: Scope }

            impl Merchant {
                pub(crate) fn new(scope: Scope) -> Self { Self { scope } }

                #(#groups)*
            }

            reply!(#(#replies),*);
        },
    );
    modules
}

fn print_method(operation: &Operation) -> TokenStream {
    let (_, name) = operation.id.split_once('.').unwrap_or(("", &operation.id));
    let method = snake(name);
    let constant = upper(&operation.id);
    let mut paragraphs = vec![
        format!("{}.", operation.summary.trim_end_matches('.')),
        operation.description.clone(),
        format!("`{} {}`", operation.method.to_uppercase(), operation.path),
    ];
    if operation.idempotent {
        paragraphs.push("Honours an idempotence key.".to_owned());
    }
    let doc = doc_lines(&paragraphs, false);
    let ids: Vec<_> =
        operation.parameters.iter().filter(|(name, _)| name != "merchantId").collect();
    let id_parameters = ids.iter().map(|(name, integer)| {
        let name = snake(name);
        if *integer {
            quote! { #name: i32 }
        } else {
            quote! { #name: impl AsRef<str> }
        }
    });
    let id_values = ids.iter().map(|(name, integer)| {
        let name = snake(name);
        if *integer {
            quote! { &#name.to_string() }
        } else {
            quote! { #name.as_ref() }
        }
    });
    let reply = match &operation.response {
        Content::Json(name) => {
            let name = camel(name);
            quote! { #name }
        }
        Content::Binary => quote! { Download },
        _ => quote! { () },
    };
    let mut parameters: Vec<_> = id_parameters.collect();
    if let Content::Multipart = operation.request {
        return quote! {
            #doc
            pub fn #method(&self, #(#parameters,)* file: UploadableFile) -> Call<#reply> {
                self.scope.upload(&operations::#constant, &[#(#id_values),*], file)
            }
        };
    }
    let body = match &operation.request {
        Content::Json(name) => {
            let name = camel(name);
            parameters.push(quote! { body: &#name });
            quote! { Some(body) }
        }
        _ => quote! { None },
    };
    let query = match &operation.query {
        Some(query) => {
            let name = camel(&query.name);
            parameters.push(quote! { query: &#name });
            quote! { Some(query) }
        }
        None => quote! { None },
    };
    quote! {
        #doc
        pub fn #method(&self, #(#parameters),*) -> Call<#reply> {
            self.scope.call(&operations::#constant, &[#(#id_values),*], #body, #query)
        }
    }
}
