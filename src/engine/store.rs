//! The database. (Placeholder; owner: store.)
