//! Wire types, validation and sensitivity of the payment APIs that Florin speaks.
