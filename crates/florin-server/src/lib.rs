//! The faces of the platform: Server API and sandbox calls.
