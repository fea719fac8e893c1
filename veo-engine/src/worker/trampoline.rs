//! Places 64-bit argument words where the x86-64 C ABI wants them, calls, and brings the result into a word.
//!
//! On a VE, integers and floating-point numbers share one register file and each argument is one 64-bit word: narrow
//! integers extended, an `f32` in the upper half. Here six integers and eight floating-point numbers travel in registers
//! of two files, counted apart, and the rest on the stack, in order.

use std::cell::Cell;

use crate::shared::layout::Setter;
use crate::signature::Class;

/// Where one argument goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Integer(u8),
    Float(u8),
    Stack(u32),
}

const INTEGER_REGISTERS: usize = 6;
const FLOAT_REGISTERS: usize = 8;

/// Counts registers and stack slots as they are used up.
#[derive(Default)]
struct Placer {
    integers: u8,
    floats: u8,
    stack: u32,
}

impl Placer {
    fn place(&mut self, float: bool) -> Place {
        let (used, limit) =
            if float { (&mut self.floats, FLOAT_REGISTERS) } else { (&mut self.integers, INTEGER_REGISTERS) };
        if usize::from(*used) < limit {
            *used += 1;
            return if float { Place::Float(*used - 1) } else { Place::Integer(*used - 1) };
        }
        self.stack += 1;
        Place::Stack(self.stack - 1)
    }
}

/// How to call a function with a known signature.
#[derive(Debug)]
pub(crate) struct Plan {
    ret: Class,
    params: Box<[(Place, Class)]>,
}

impl Plan {
    pub(crate) fn new(ret: Class, params: &[Class]) -> Self {
        let mut placer = Placer::default();
        Self { ret, params: params.iter().map(|&class| (placer.place(class.is_float()), class)).collect() }
    }

    pub(crate) fn parameters(&self) -> usize {
        self.params.len()
    }

    /// Calls the function at `address` with these words.
    ///
    /// # Safety
    /// `address` is a function of this signature. Words beyond its parameters are ignored, missing ones are 0.
    pub(crate) unsafe fn call(&self, address: u64, words: &[u64]) -> u64 {
        let mut frame = Frame::default();
        for (index, &(place, class)) in self.params.iter().enumerate() {
            frame.put(place, to_native(class, words.get(index).copied().unwrap_or(0)));
        }
        // SAFETY: the frame holds each argument where this signature has it.
        let result = unsafe { frame.call(address) };
        match self.ret {
            Class::Void => 0,
            Class::F64 => result[1],
            Class::F32 => result[1] << 32,
            class => extend(class, result[0]),
        }
    }
}

/// A word of the VE's wire as the register or stack slot that a native callee expects.
fn to_native(class: Class, word: u64) -> u64 {
    match class {
        Class::F32 => word >> 32,
        class => extend(class, word),
    }
}

/// Sign- or zero-extends a narrow integer to 64 bits.
fn extend(class: Class, word: u64) -> u64 {
    match class {
        Class::I8 => i64::from(word as i8).cast_unsigned(),
        Class::U8 => u64::from(word as u8),
        Class::I16 => i64::from(word as i16).cast_unsigned(),
        Class::U16 => u64::from(word as u16),
        Class::I32 => i64::from(word as i32).cast_unsigned(),
        Class::U32 => u64::from(word as u32),
        _ => word,
    }
}

/// How the arguments of an undeclared function were set.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Setters<'a> {
    /// Two bits each.
    Bits(u32),
    /// A byte each.
    Bytes(&'a [u8]),
    /// Nobody said: then integers go where integers belong, and each of the first eight words is in the floating-point
    /// register of its number, too. That is right for functions of integers alone and of doubles alone.
    Unknown,
}

impl Setters<'_> {
    fn get(self, index: usize) -> Setter {
        Setter::from_wire(match self {
            Self::Bits(bits) => (bits >> (2 * index)) as u8 & 3,
            Self::Bytes(bytes) => bytes.get(index).copied().unwrap_or(0),
            Self::Unknown => 0,
        })
    }
}

/// Calls a function whose signature nobody declared: arguments go where their setters say, and the result is the integer
/// one.
///
/// # Safety
/// `address` is a function that takes these arguments.
pub(crate) unsafe fn call_undeclared(address: u64, words: &[u64], setters: Setters<'_>) -> u64 {
    let mut frame = Frame::default();
    let mut placer = Placer::default();
    for (index, &word) in words.iter().enumerate() {
        let setter = setters.get(index);
        let word = if setter == Setter::Float { word >> 32 } else { word };
        frame.put(placer.place(setter != Setter::Integer), word);
    }
    if let Setters::Unknown = setters {
        let count = words.len().min(FLOAT_REGISTERS);
        frame.floats[..count].copy_from_slice(&words[..count]);
    }
    // SAFETY: by this function's contract.
    unsafe { frame.call(address)[0] }
}

/// The registers and stack slots of one call.
#[derive(Default)]
struct Frame {
    integers: [u64; INTEGER_REGISTERS],
    floats: [u64; FLOAT_REGISTERS],
    stack: Vec<u64>,
}

thread_local! {
    /// The stack slots of the last call, kept for their capacity. Taken while in use, so a nested call has its own.
    static STACK: Cell<Vec<u64>> = const { Cell::new(Vec::new()) };
}

impl Frame {
    #[inline]
    fn put(&mut self, place: Place, word: u64) {
        match place {
            Place::Integer(register) => self.integers[usize::from(register)] = word,
            Place::Float(register) => self.floats[usize::from(register)] = word,
            Place::Stack(slot) => {
                if slot == 0 {
                    self.stack = STACK.take();
                    self.stack.clear();
                }
                self.stack.push(word);
            }
        }
    }

    /// # Safety
    /// `address` is a function that finds its arguments where this frame has them.
    #[inline]
    unsafe fn call(&mut self, address: u64) -> [u64; 2] {
        let mut result = [0; 2];
        let (integers, floats) = (self.integers.as_ptr(), self.floats.as_ptr());
        // SAFETY: the pointers refer to live arrays of the lengths that `enter` reads; the caller vouches for the callee.
        unsafe { enter(address, integers, floats, self.stack.as_ptr(), self.stack.len(), result.as_mut_ptr()) };
        if self.stack.capacity() != 0 {
            STACK.set(std::mem::take(&mut self.stack));
        }
        result
    }
}

/// Loads the six integer and eight floating-point registers, pushes the stack words, calls, and stores `rax` and `xmm0`.
///
/// # Safety
/// `function` is callable with these registers; the pointers are valid for 6, 8, `stack_len` and 2 words.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64" fn enter(
    function: u64,
    integers: *const u64,
    floats: *const u64,
    stack: *const u64,
    stack_len: usize,
    result: *mut u64,
) {
    std::arch::naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push rbx",
        "push r12",
        "mov rbx, r9",
        "mov r11, rdi",
        "mov r10, rsi",
        // The stack pointer is 16-byte aligned here; an odd number of words needs one word of padding to keep it so.
        "mov r12, r8",
        "and r12, 1",
        "shl r12, 3",
        "sub rsp, r12",
        "2:",
        "test r8, r8",
        "jz 3f",
        "dec r8",
        "push qword ptr [rcx + 8*r8]",
        "jmp 2b",
        "3:",
        "movsd xmm0, qword ptr [rdx]",
        "movsd xmm1, qword ptr [rdx + 8]",
        "movsd xmm2, qword ptr [rdx + 16]",
        "movsd xmm3, qword ptr [rdx + 24]",
        "movsd xmm4, qword ptr [rdx + 32]",
        "movsd xmm5, qword ptr [rdx + 40]",
        "movsd xmm6, qword ptr [rdx + 48]",
        "movsd xmm7, qword ptr [rdx + 56]",
        "mov rdi, [r10]",
        "mov rsi, [r10 + 8]",
        "mov rdx, [r10 + 16]",
        "mov rcx, [r10 + 24]",
        "mov r8, [r10 + 32]",
        "mov r9, [r10 + 40]",
        // A variadic callee finds the number of floating-point registers in `al`.
        "mov eax, 8",
        "call r11",
        "mov [rbx], rax",
        "movsd qword ptr [rbx + 8], xmm0",
        "lea rsp, [rbp - 16]",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
    )
}

/// Whether an address is in [`enter`], behind which a kernel's backtrace shows nothing but us. What follows `enter` in memory
/// cannot stand in such a backtrace, so its size need not be exact.
pub(super) fn is_inside(address: u64) -> bool {
    const SIZE: u64 = 256;
    address.wrapping_sub(enter as *const () as u64) < SIZE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(value: f64) -> u64 {
        value.to_bits()
    }

    fn upper(value: f32) -> u64 {
        u64::from(value.to_bits()) << 32
    }

    #[test]
    fn integers_and_floats_are_counted_apart_and_spill_in_order() {
        extern "C" fn f(
            a: i32,
            b: f64,
            c: i64,
            d: f32,
            e: u8,
            f: i16,
            g: u64,
            h: u32,
            i: i8,
            j: f64,
            k: f64,
            l: f64,
            m: f64,
            n: f64,
            o: f64,
            p: f64,
            q: f32,
            r: i64,
        ) -> f64 {
            let integers = [a.into(), c, e.into(), f.into(), g.cast_signed(), h.into(), i.into(), r];
            let floats = [b, d.into(), j, k, l, m, n, o, p, q.into()];
            let weighted = |sum: f64, (weight, value): (usize, f64)| sum + (weight as f64 + 1.0) * value;
            integers.iter().map(|&v| v as f64).chain(floats).enumerate().fold(0.0, weighted)
        }
        use Class::{F32, F64, I8, I16, I32, I64, U8, U32, U64};
        let params = [I32, F64, I64, F32, U8, I16, U64, U32, I8, F64, F64, F64, F64, F64, F64, F64, F32, I64];
        let words = [
            (-1_i64).cast_unsigned(),
            bits(0.5),
            2,
            upper(1.5),
            3,
            (-4_i64).cast_unsigned(),
            5,
            6,
            (-7_i64).cast_unsigned(),
            bits(1.0),
            bits(2.0),
            bits(3.0),
            bits(4.0),
            bits(5.0),
            bits(6.0),
            bits(7.0),
            upper(8.5),
            9,
        ];
        let expected = f(-1, 0.5, 2, 1.5, 3, -4, 5, 6, -7, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.5, 9);
        // SAFETY: the plan is made of this function's signature.
        let result = unsafe { Plan::new(F64, &params).call(f as *const () as u64, &words) };
        assert_eq!(f64::from_bits(result), expected);
    }

    #[test]
    fn results_come_in_the_form_of_the_ve() {
        extern "C" fn minus_two() -> i32 {
            -2
        }
        extern "C" fn half() -> f32 {
            0.5
        }
        // SAFETY: the plan is made of this function's signature.
        let result = unsafe { Plan::new(Class::I32, &[]).call(minus_two as *const () as u64, &[]) };
        assert_eq!(result.cast_signed(), -2);
        // SAFETY: the plan is made of this function's signature.
        let result = unsafe { Plan::new(Class::F32, &[]).call(half as *const () as u64, &[]) };
        assert_eq!(result, upper(0.5));
    }

    #[test]
    fn undeclared_functions_are_called_as_their_arguments_were_set() {
        extern "C" fn f(a: i64, x: f64, y: f32) -> i64 {
            a + x as i64 + y as i64
        }
        let bits = Setter::Integer as u32 | (Setter::Double as u32) << 2 | (Setter::Float as u32) << 4;
        // SAFETY: the function takes what the setters say.
        let result =
            unsafe { call_undeclared(f as *const () as u64, &[1, 2.0_f64.to_bits(), upper(4.0)], Setters::Bits(bits)) };
        assert_eq!(result, 7);
    }

    #[test]
    fn functions_of_one_kind_need_neither_types_nor_setters() {
        extern "C" fn integers(a: i64, b: i64, c: i64, d: i64, e: i64, f: i64, g: i64, h: i64, i: i64) -> i64 {
            [a, b, c, d, e, f, g, h, i].iter().enumerate().map(|(index, value)| (index as i64 + 1) * value).sum()
        }
        extern "C" fn doubles(a: f64, b: f64, c: f64) -> i64 {
            (a + 10.0 * b + 100.0 * c) as i64
        }
        // SAFETY: the function takes nine integers.
        let result = unsafe {
            call_undeclared(integers as *const () as u64, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 77, 88], Setters::Unknown)
        };
        assert_eq!(result, (1..=9).map(|n| n * n).sum::<u64>());
        let words = [1.0, 2.0, 3.0_f64].map(f64::to_bits);
        // SAFETY: the function takes three doubles.
        assert_eq!(unsafe { call_undeclared(doubles as *const () as u64, &words, Setters::Unknown) }, 321);
    }
}
