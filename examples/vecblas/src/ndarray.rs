//! Transfers of arrays.
