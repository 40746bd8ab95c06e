//! The built page on a free port, as a plain static host serves it.

use std::path::Path;

use anyhow::{Context, Result};
use static_server::{Server, Site};

/// `prefix` is "/" or a sub-path such as "/docs/figures/".
pub fn serve(dist: &Path, prefix: &str) -> Result<Server> {
    Server::start(Site::new(dist).mounted_at(prefix), 0).context("could not serve the page on 127.0.0.1")
}
