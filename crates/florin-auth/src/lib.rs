//! Both ends of every handshake: request signatures and webhook signatures.
