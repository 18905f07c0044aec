//! A ranged GET and the check of its reply.
