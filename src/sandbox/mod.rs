//! A PDS in this process: for `rehearse` and the tests.
