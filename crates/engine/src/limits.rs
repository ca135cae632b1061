//! The engine's own limits; those of the wire are in [`tidings_protocol::limits`].

/// Events that wait for a slow listener; one more, and it gets `Overflow` instead of all of them.
pub const EVENTS_WAITING: usize = 1024;
