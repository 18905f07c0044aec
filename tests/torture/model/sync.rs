//! The engine's primitives in the shape that it uses, over shuttle's, which decide at each step who goes on.
#![allow(clippy::expect_used, reason = "a schedule fails by panicking")]

use std::ops::{Deref, DerefMut};

use shuttle::sync as raw;

pub(super) use raw::atomic::{AtomicBool, AtomicU64};

/// A panic ends the whole execution, so a poisoned lock is never seen.
const NEVER: &str = "a panic ends the execution";

#[derive(Debug, Default)]
pub(super) struct Mutex<T>(raw::Mutex<T>);

impl<T> Mutex<T> {
    pub(super) fn lock(&self) -> Guard<'_, T> {
        Guard(self.0.lock().ok())
    }
}

/// Empty only inside [`Condvar::wait`].
pub(super) struct Guard<'a, T>(Option<raw::MutexGuard<'a, T>>);

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect(NEVER)
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect(NEVER)
    }
}

#[derive(Debug)]
pub(super) struct Condvar(raw::Condvar);

impl Condvar {
    pub(super) fn new() -> Self {
        Self(raw::Condvar::new())
    }

    pub(super) fn wait<T>(&self, guard: &mut Guard<'_, T>) {
        let inner = guard.0.take().expect(NEVER);
        guard.0 = self.0.wait(inner).ok();
    }

    pub(super) fn notify_all(&self) {
        self.0.notify_all();
    }
}

#[derive(Debug)]
pub(super) struct RwLock<T>(raw::RwLock<T>);

impl<T> RwLock<T> {
    pub(super) fn new(value: T) -> Self {
        Self(raw::RwLock::new(value))
    }

    pub(super) fn read(&self) -> raw::RwLockReadGuard<'_, T> {
        self.0.read().expect(NEVER)
    }

    pub(super) fn write(&self) -> raw::RwLockWriteGuard<'_, T> {
        self.0.write().expect(NEVER)
    }
}
