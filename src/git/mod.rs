//! Repositories, commits and remotes: the only place that names git2 or runs git.
