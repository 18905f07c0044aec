//! Reusable widgets that know no page.
