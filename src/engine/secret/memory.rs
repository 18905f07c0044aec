//! Secret store: memory.
