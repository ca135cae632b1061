//! What the tests of the whole system share: named people, real engines, a real server, a broken network.
