//! Stack arguments that come back: their staging.
//!
//! libveo writes OUT and INOUT arguments when a request completes, from whichever thread notices. A request may be
//! forgotten, and then the caller's memory may be gone by that time; so libveo is given memory of ours, and the caller's
//! is written in `wait`, while it is borrowed.

/// The images of the OUT and INOUT arguments of one call.
#[derive(Debug, Default)]
pub(crate) struct StackImages {
    images: Vec<Image>,
}

#[derive(Debug)]
struct Image {
    /// 16-byte aligned, so that every element type finds its place. A vector, since moving a box would end the validity of
    /// the pointers that libveo has.
    staged: Vec<u128>,
    to: *mut u8,
    len: usize,
}

// SAFETY: `to` is only used in `copy_back`, whose caller has exclusive access to it, on whichever thread.
unsafe impl Send for StackImages {}

impl StackImages {
    /// Adds an image for `len` bytes that will be copied to `to`. Its memory stays in place when the images move.
    pub(crate) fn add(&mut self, to: *mut u8, len: usize) -> *mut u8 {
        let mut staged = vec![0_u128; len.div_ceil(16)];
        let image = staged.as_mut_ptr().cast();
        self.images.push(Image { staged, to, len });
        image
    }

    /// Adds an image of `bytes` that nobody wants back.
    pub(crate) fn add_input(&mut self, bytes: &[u8]) -> *const u8 {
        let mut staged = vec![0_u128; bytes.len().div_ceil(16)];
        let image: *mut u8 = staged.as_mut_ptr().cast();
        // SAFETY: the image has room for all bytes, and is memory of its own.
        unsafe { image.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        self.images.push(Image { staged, to: std::ptr::null_mut(), len: 0 });
        image
    }

    /// The size of all images.
    pub(crate) fn bytes(&self) -> usize {
        self.images.iter().map(|image| size_of_val(image.staged.as_slice())).sum()
    }

    /// Copies every image to the caller's memory.
    ///
    /// # Safety
    /// The memory that each image was added with is valid for writes, and nobody else uses it.
    pub(crate) unsafe fn copy_back(&self) {
        for image in self.images.iter().filter(|image| !image.to.is_null()) {
            // SAFETY: the image has `len` bytes; the caller vouches for `to`, which is other memory.
            unsafe { image.to.copy_from_nonoverlapping(image.staged.as_ptr().cast(), image.len) };
        }
    }

    /// The staging memory alone, for libveo to write to when the caller's memory may be gone.
    pub(crate) fn detach(self) -> Vec<Vec<u128>> {
        self.images.into_iter().map(|image| image.staged).collect()
    }
}
