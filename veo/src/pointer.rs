//! Plain VE addresses.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use bytemuck::{Pod, Zeroable};

/// A VE address of a `T`. It says nothing about lifetime or length: the raw form, which kernels return, and the way around
/// all tracking. It is plain data: a pointer in a variable or struct of a library is a `VePtr<T>` in Rust.
///
/// ```
/// let p = veo::VePtr::<f64>::from_addr(0x6000_0000_0000);
/// assert_eq!(p.offset(2).addr(), 0x6000_0000_0010);
/// assert_eq!(p.add(3).offset_from(p), 3);
/// ```
#[repr(transparent)]
pub struct VePtr<T>(u64, PhantomData<fn() -> T>);

impl<T> VePtr<T> {
    /// The pointer to this VE address.
    #[must_use]
    pub const fn from_addr(address: u64) -> Self {
        Self(address, PhantomData)
    }

    /// The null pointer.
    #[must_use]
    pub const fn null() -> Self {
        Self::from_addr(0)
    }

    /// The VE address.
    #[must_use]
    pub const fn addr(self) -> u64 {
        self.0
    }

    /// Whether it is null.
    #[must_use]
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }

    /// The address `count` elements further on; it wraps around at the end of the address space.
    #[must_use]
    pub const fn offset(self, count: isize) -> Self {
        let bytes = count.wrapping_mul(size_of::<T>().cast_signed());
        Self::from_addr(self.0.wrapping_add_signed(bytes as i64))
    }

    /// The address `count` elements further on; it wraps around as [`offset`](Self::offset) does.
    #[must_use]
    pub const fn add(self, count: usize) -> Self {
        self.offset(count.cast_signed())
    }

    /// The address `bytes` bytes further on; it wraps around at the end of the address space.
    #[must_use]
    pub const fn byte_add(self, bytes: u64) -> Self {
        Self::from_addr(self.0.wrapping_add(bytes))
    }

    /// How many whole elements lie between `start` and this address; 0 for elements without size.
    #[must_use]
    pub const fn offset_from(self, start: Self) -> isize {
        let bytes = self.0.wrapping_sub(start.0).cast_signed() as isize;
        match size_of::<T>() {
            0 => 0,
            size => bytes / size.cast_signed(),
        }
    }

    /// Whether the address is a multiple of the alignment of `T`.
    #[must_use]
    pub const fn is_aligned(self) -> bool {
        self.0.is_multiple_of(align_of::<T>() as u64)
    }

    /// The same address, of another type.
    #[must_use]
    pub const fn cast<U>(self) -> VePtr<U> {
        VePtr::from_addr(self.0)
    }
}

impl<T> Clone for VePtr<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for VePtr<T> {}

// SAFETY: it is a `u64`, of which 0 is a value; the marker has no bytes.
unsafe impl<T> Zeroable for VePtr<T> {}

// SAFETY: it is a `u64`: every pattern of bits is a value, without padding. Nothing on the host goes to the address.
unsafe impl<T: 'static> Pod for VePtr<T> {}

impl<T> PartialEq for VePtr<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for VePtr<T> {}

impl<T> Hash for VePtr<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T> fmt::Debug for VePtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VePtr({:#x})", self.0)
    }
}
