//! Durable state behind one small trait: SQLite with group commit, and an in-memory model.
