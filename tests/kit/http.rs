//! Just enough HTTP/1.1 to speak it wrongly on purpose: requests are parsed, replies are written byte by byte.

pub(crate) mod date;
pub(crate) mod range;
pub(crate) mod reply;
pub(crate) mod request;

pub(crate) use range::Asked;
pub(crate) use reply::{Body, Reply};
pub(crate) use request::Request;
