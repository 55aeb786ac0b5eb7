//! Version 1 of the Connect Server API.
