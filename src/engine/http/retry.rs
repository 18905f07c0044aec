//! Retry plans as data.
