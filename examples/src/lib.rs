#![doc = include_str!("../README.md")]

// The workspace's README is compiled and run with the documentation's examples; its kernels are those of this package.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
