//! The server from outside: real sockets, real files, and for some the real binary.

mod accounts;
mod client;
mod durability;
mod hostile;
mod messages;
mod reading;
