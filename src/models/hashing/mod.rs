//! Placement of keys on servers.
