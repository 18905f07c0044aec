//! Durations, sizes, dates and numbers as people read them.
