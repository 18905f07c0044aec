//! The primitives that [`super::coverage`] waits and locks with, in one place: the model of the waiters (`tests/torture`)
//! compiles the same file over another `sync`, whose locks try out schedules.

pub(super) use std::sync::atomic::{AtomicBool, AtomicU64};

pub(super) use parking_lot::{Condvar, Mutex, RwLock};
