//! The IM server.
