//! Secret store: service.
