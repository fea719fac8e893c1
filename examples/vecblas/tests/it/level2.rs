//! Level 2, against the oracle and against three libraries.

use vecblas::{
    Band, ComplexScalar, Diag, Hermitian, Layout, Matrix, MatrixMut, Packed, PackedMut, RealScalar, Symmetric,
    Transpose, Uplo, Vector, VectorMut,
};
use veo::{Context, Request, VeBuffer};

use crate::memory::{Memory, Place, Stored, mirrored, random, triangular, vector};
use crate::oracle::{C64, Dense, Num};
use crate::support::{Library, Number, Random, for_all, for_complex, for_real, libraries};

pub(crate) const LAYOUTS: [Layout; 2] = [Layout::RowMajor, Layout::ColMajor];
pub(crate) const TRANSPOSES: [Transpose; 3] = [Transpose::None, Transpose::Trans, Transpose::ConjTrans];
pub(crate) const UPLOS: [Uplo; 2] = [Uplo::Upper, Uplo::Lower];
pub(crate) const DIAGS: [Diag; 2] = [Diag::NonUnit, Diag::Unit];
const ORDERS: [usize; 4] = [0, 1, 5, 64];
const STRIDES: [(isize, isize); 3] = [(1, 1), (2, -1), (-3, 2)];

/// How one half of a square matrix is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Half {
    Full,
    Band,
    Packed,
}

const HALVES: [Half; 3] = [Half::Full, Half::Band, Half::Packed];

impl Half {
    /// The diagonals that it has beside the main one.
    fn diagonals(self, n: usize) -> usize {
        if self == Self::Band { (n / 3).max(usize::from(n > 1)) } else { n }
    }

    fn place(self, layout: Layout, n: usize, uplo: Uplo) -> Place {
        let k = self.diagonals(n);
        match self {
            Self::Full => Place::Full { layout, rows: n, cols: n, ld: n + 2 },
            Self::Band => {
                let (lower, upper) = if uplo == Uplo::Upper { (0, k) } else { (k, 0) };
                Place::Band { layout, rows: n, cols: n, lower, upper, ld: k + 3 }
            }
            Self::Packed => Place::Packed { layout, n, uplo },
        }
    }

    fn stored(self, n: usize, uplo: Uplo) -> Stored {
        Stored::HalfBand { uplo, k: self.diagonals(n) }
    }
}

fn full<T>(layout: Layout, data: &VeBuffer<T>, n: usize) -> Matrix<'_, T> {
    Matrix::new(layout, data, n, n).with_leading_dimension(n + 2)
}

fn full_mut<T>(layout: Layout, data: &mut VeBuffer<T>, n: usize) -> MatrixMut<'_, T> {
    MatrixMut::new(layout, data, n, n).with_leading_dimension(n + 2)
}

fn band<T>(layout: Layout, data: &VeBuffer<T>, n: usize, uplo: Uplo) -> Band<'_, T> {
    let k = Half::Band.diagonals(n);
    let (lower, upper) = if uplo == Uplo::Upper { (0, k) } else { (k, 0) };
    Band::new(layout, data, n, n, lower, upper).with_leading_dimension(k + 3)
}

/// Two numbers to multiply with; 0 must overwrite whatever is there.
fn factors<T: Number>(random: &mut Random, index: usize) -> (T, T) {
    let (alpha, beta) = (random.number(), random.number());
    [(alpha, beta), (alpha, T::default()), (T::default(), beta), (alpha, T::of(C64::ONE))][index % 4]
}

// ---- general matrices ----------------------------------------------------------------------------------------------

#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn gemv_and_gbmv() {
    let libraries = libraries();
    for_all!(general(&libraries));
}

fn general<T: Number>(libraries: &[Library]) {
    let mut rng = Random::new(11);
    for (m, n) in [(0, 0), (0, 3), (3, 0), (1, 1), (5, 7), (7, 5), (64, 64)] {
        for layout in LAYOUTS {
            for (index, trans) in TRANSPOSES.into_iter().enumerate() {
                for (strides, (incx, incy)) in STRIDES.into_iter().enumerate() {
                    let (alpha, beta) = factors(&mut rng, index + strides + n);
                    let shape = (m, n, layout, trans);
                    gemv_once::<T>(libraries, &mut rng, shape, (incx, incy), (alpha, beta));
                    gbmv_once::<T>(libraries, &mut rng, shape, (incx, incy), (alpha, beta));
                }
            }
        }
    }
}

type Shape = (usize, usize, Layout, Transpose);

/// y ← alpha op(A) x + beta y, or y itself if A has no elements.
fn product<T: Number>(a: &Dense, trans: Transpose, x: &Dense, y: &Dense, (alpha, beta): (T, T)) -> Dense {
    if a.rows == 0 || a.cols == 0 {
        return y.clone();
    }
    a.op(trans).times(x).scaled(alpha.value()).plus(&y.scaled(beta.value()))
}

fn gemv_once<T: Number>(
    libraries: &[Library],
    rng: &mut Random,
    (m, n, layout, trans): Shape,
    (incx, incy): (isize, isize),
    factors: (T, T),
) {
    let (rows, cols) = if trans == Transpose::None { (m, n) } else { (n, m) };
    let a = random::<T>(rng, m, n, Stored::All);
    let ld = 3 + if layout == Layout::RowMajor { n } else { m };
    let a_memory = Memory::<T>::new(&a, Place::Full { layout, rows: m, cols: n, ld }, Stored::All);
    let ((x, x_values), (y, y_values)) = (vector::<T>(rng, cols, incx), vector::<T>(rng, rows, incy));
    let expected = product(&a, trans, &x_values, &y_values, factors);
    for library in libraries {
        let (a, x, mut to) =
            (library.upload(&a_memory.elements), library.upload(&x.elements), library.upload(&y.elements));
        let a = Matrix::new(layout, &a, m, n).with_leading_dimension(ld);
        let (x, on_ve) = (Vector::new(&x, cols, incx), VectorMut::new(&mut to, rows, incy));
        vecblas::gemv(&library.ctx, trans, factors.0, a, x, factors.1, on_ve).wait().unwrap();
        let what = || {
            format!("{}gemv of {}: {m} x {n} {layout:?} {trans:?} {incx} {incy} {factors:?}", T::LETTER, library.name)
        };
        y.check(&to.to_vec().unwrap(), &expected, cols, what);
    }
}

fn gbmv_once<T: Number>(
    libraries: &[Library],
    rng: &mut Random,
    (m, n, layout, trans): Shape,
    (incx, incy): (isize, isize),
    factors: (T, T),
) {
    let (rows, cols) = if trans == Transpose::None { (m, n) } else { (n, m) };
    let (lower, upper) = (m / 2, n / 3);
    let stored = Stored::Band { lower, upper };
    let a = random::<T>(rng, m, n, stored);
    let ld = lower + upper + 2;
    let a_memory = Memory::<T>::new(&a, Place::Band { layout, rows: m, cols: n, lower, upper, ld }, stored);
    let ((x, x_values), (y, y_values)) = (vector::<T>(rng, cols, incx), vector::<T>(rng, rows, incy));
    let expected = product(&a, trans, &x_values, &y_values, factors);
    for library in libraries {
        let (a, x, mut to) =
            (library.upload(&a_memory.elements), library.upload(&x.elements), library.upload(&y.elements));
        let a = Band::new(layout, &a, m, n, lower, upper).with_leading_dimension(ld);
        let (x, on_ve) = (Vector::new(&x, cols, incx), VectorMut::new(&mut to, rows, incy));
        vecblas::gbmv(&library.ctx, trans, factors.0, a, x, factors.1, on_ve).wait().unwrap();
        let what = || {
            format!("{}gbmv of {}: {m} x {n} {layout:?} {trans:?} {incx} {incy} {factors:?}", T::LETTER, library.name)
        };
        y.check(&to.to_vec().unwrap(), &expected, cols, what);
    }
}

// ---- symmetric and Hermitian matrices ------------------------------------------------------------------------------

/// All forms of one half of a square matrix, with two vectors.
fn halves<T: Number>(hermitian: bool, mut test: impl FnMut(&mut Random, Square<T>)) {
    let mut rng = Random::new(12);
    for n in ORDERS {
        for half in HALVES {
            for (index, (layout, uplo)) in
                LAYOUTS.into_iter().flat_map(|layout| UPLOS.map(|uplo| (layout, uplo))).enumerate()
            {
                for (strides, (incx, incy)) in STRIDES.into_iter().enumerate() {
                    let stored = half.stored(n, uplo);
                    let a = random::<T>(&mut rng, n, n, stored);
                    let memory = Memory::new(&a, half.place(layout, n, uplo), stored);
                    let a = mirrored(&a, uplo, hermitian);
                    let factors = factors(&mut rng, index + strides);
                    let what = format!("{half:?} {n} {layout:?} {uplo:?} {incx} {incy} {factors:?}");
                    let (x, y) = (vector(&mut rng, n, incx), vector(&mut rng, n, incy));
                    test(&mut rng, Square { n, half, layout, uplo, incx, incy, a, memory, x, y, factors, what });
                }
            }
        }
    }
}

struct Square<T> {
    n: usize,
    half: Half,
    layout: Layout,
    uplo: Uplo,
    incx: isize,
    incy: isize,
    a: Dense,
    memory: Memory<T>,
    x: (Memory<T>, Dense),
    y: (Memory<T>, Dense),
    factors: (T, T),
    what: String,
}

#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn symmetric_and_hermitian_products() {
    let libraries = libraries();
    for_real!(symmetric(&libraries));
    for_complex!(hermitian(&libraries));
}

fn symmetric<T: Number + RealScalar>(libraries: &[Library]) {
    let call = |ctx: &Context, square: &Square<T>, a: &VeBuffer<T>, x: Vector<'_, T>, y: VectorMut<'_, T>| {
        let (layout, n, uplo, (alpha, beta)) = (square.layout, square.n, square.uplo, square.factors);
        match square.half {
            Half::Full => vecblas::symv(ctx, alpha, full(layout, a, n).symmetric(uplo), x, beta, y),
            Half::Band => vecblas::sbmv(ctx, alpha, band(layout, a, n, uplo).symmetric(uplo), x, beta, y),
            Half::Packed => vecblas::spmv(ctx, alpha, Packed::new(layout, a, n).symmetric(uplo), x, beta, y),
        }
    };
    halves::<T>(false, |_, square| square_times_vector(libraries, &square, call));
}

fn hermitian<T: Number + ComplexScalar>(libraries: &[Library]) {
    let call = |ctx: &Context, square: &Square<T>, a: &VeBuffer<T>, x: Vector<'_, T>, y: VectorMut<'_, T>| {
        let (layout, n, uplo, (alpha, beta)) = (square.layout, square.n, square.uplo, square.factors);
        match square.half {
            Half::Full => vecblas::hemv(ctx, alpha, full(layout, a, n).hermitian(uplo), x, beta, y),
            Half::Band => vecblas::hbmv(ctx, alpha, band(layout, a, n, uplo).hermitian(uplo), x, beta, y),
            Half::Packed => vecblas::hpmv(ctx, alpha, Packed::new(layout, a, n).hermitian(uplo), x, beta, y),
        }
    };
    halves::<T>(true, |_, square| square_times_vector(libraries, &square, call));
}

fn square_times_vector<T: Number>(
    libraries: &[Library],
    square: &Square<T>,
    call: impl Fn(&Context, &Square<T>, &VeBuffer<T>, Vector<'_, T>, VectorMut<'_, T>) -> Request<'static, ()>,
) {
    let Square { n, incx, incy, a, memory, x, y, factors, what, .. } = square;
    let expected = product(a, Transpose::None, &x.1, &y.1, *factors);
    for library in libraries {
        let (a, from, mut to) =
            (library.upload(&memory.elements), library.upload(&x.0.elements), library.upload(&y.0.elements));
        let (from, on_ve) = (Vector::new(&from, *n, *incx), VectorMut::new(&mut to, *n, *incy));
        call(&library.ctx, square, &a, from, on_ve).wait().unwrap();
        let what = || format!("{} of {}: {what}", T::LETTER, library.name);
        y.0.check(&to.to_vec().unwrap(), &expected, *n, what);
    }
}

// ---- triangular matrices -------------------------------------------------------------------------------------------

#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn triangular_products_and_solutions() {
    let libraries = libraries();
    for_all!(triangles(&libraries));
}

fn triangles<T: Number>(libraries: &[Library]) {
    let mut rng = Random::new(13);
    for n in ORDERS {
        for half in HALVES {
            for layout in LAYOUTS {
                for uplo in UPLOS {
                    for trans in TRANSPOSES {
                        for diag in DIAGS {
                            for stride in [1, -2] {
                                triangle::<T>(libraries, &mut rng, (n, half, layout), (uplo, trans, diag), stride);
                            }
                        }
                    }
                }
            }
        }
    }
}

fn triangle<T: Number>(
    libraries: &[Library],
    rng: &mut Random,
    (n, half, layout): (usize, Half, Layout),
    (uplo, trans, diag): (Uplo, Transpose, Diag),
    stride: isize,
) {
    let k = half.diagonals(n);
    let a = triangular::<T>(rng, n, uplo, diag, k);
    let memory = Memory::<T>::new(&a, half.place(layout, n, uplo), Stored::triangle_band(uplo, diag, k));
    let (x, x_values) = vector::<T>(rng, n, stride);
    let a = a.op(trans);
    let product = a.times(&x_values);
    for library in libraries {
        let ctx = &library.ctx;
        let (data, mut multiplied, mut solved) =
            (library.upload(&memory.elements), library.upload(&x.elements), library.upload(&x.elements));
        let (to, solution) = (VectorMut::new(&mut multiplied, n, stride), VectorMut::new(&mut solved, n, stride));
        let requests = match half {
            Half::Full => {
                let a = full(layout, &data, n).triangular(uplo, diag);
                [vecblas::trmv(ctx, trans, a, to), vecblas::trsv(ctx, trans, a, solution)]
            }
            Half::Band => {
                let a = band(layout, &data, n, uplo).triangular(uplo, diag);
                [vecblas::tbmv(ctx, trans, a, to), vecblas::tbsv(ctx, trans, a, solution)]
            }
            Half::Packed => {
                let a = Packed::new(layout, &data, n).triangular(uplo, diag);
                [vecblas::tpmv(ctx, trans, a, to), vecblas::tpsv(ctx, trans, a, solution)]
            }
        };
        requests.into_iter().for_each(|request| request.wait().unwrap());
        let what = || {
            format!("{} of {}: {half:?} {n} {layout:?} {uplo:?} {trans:?} {diag:?} {stride}", T::LETTER, library.name)
        };
        x.check(&multiplied.to_vec().unwrap(), &product, n, || format!("product, {}", what()));
        // Of a solution, the residual tells how good it is; so only what must not change is compared.
        let solved = solved.to_vec().unwrap();
        let solution = x.read(&solved);
        x.check(&solved, &solution, n, || format!("solution, {}", what()));
        residual::<T>(&a.times(&solution), &x_values, n, || format!("solution, {}", what()));
    }
}

/// op(A) x, of a solution x, is the right side.
pub(crate) fn residual<T: Number>(product: &Dense, right: &Dense, n: usize, what: impl Fn() -> String) {
    for i in 0..right.rows {
        for j in 0..right.cols {
            let Num { value, size } = product.at(i, j);
            let off = (value - right.at(i, j).value).norm();
            assert!(off <= 4.0 * (n + 4) as f64 * T::EPSILON * size, "{}: residual {off:e} at ({i}, {j})", what());
        }
    }
}

// ---- updates -------------------------------------------------------------------------------------------------------

#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn updates() {
    let libraries = libraries();
    for_real!(rank_one_real(&libraries));
    for_complex!(rank_one_complex(&libraries));
    for_real!(symmetric_updates(&libraries));
    for_complex!(hermitian_updates(&libraries));
}

/// A ← alpha x op(y) + A, in all shapes.
fn rank_one<T: Number>(
    libraries: &[Library],
    trans: Transpose,
    call: impl Fn(&Context, T, Vector<'_, T>, Vector<'_, T>, MatrixMut<'_, T>) -> Request<'static, ()>,
) {
    let mut rng = Random::new(14);
    for (m, n) in [(0, 3), (3, 0), (1, 1), (5, 7), (64, 64)] {
        for layout in LAYOUTS {
            for (incx, incy) in STRIDES {
                let alpha: T = rng.number();
                let a = random::<T>(&mut rng, m, n, Stored::All);
                let ld = 2 + if layout == Layout::RowMajor { n } else { m };
                let memory = Memory::<T>::new(&a, Place::Full { layout, rows: m, cols: n, ld }, Stored::All);
                let ((x, x_values), (y, y_values)) = (vector::<T>(&mut rng, m, incx), vector::<T>(&mut rng, n, incy));
                let expected = x_values.times(&y_values.op(trans)).scaled(alpha.value()).plus(&a);
                for library in libraries {
                    let (x, y, mut to) =
                        (library.upload(&x.elements), library.upload(&y.elements), library.upload(&memory.elements));
                    let (x, y) = (Vector::new(&x, m, incx), Vector::new(&y, n, incy));
                    let on_ve = MatrixMut::new(layout, &mut to, m, n).with_leading_dimension(ld);
                    call(&library.ctx, alpha, x, y, on_ve).wait().unwrap();
                    let what = || {
                        format!("{}ger of {}: {m} x {n} {layout:?} {trans:?} {incx} {incy}", T::LETTER, library.name)
                    };
                    memory.check(&to.to_vec().unwrap(), &expected, 2, what);
                }
            }
        }
    }
}

fn rank_one_real<T: Number + RealScalar>(libraries: &[Library]) {
    rank_one::<T>(libraries, Transpose::Trans, |ctx, alpha, x, y, a| vecblas::ger(ctx, alpha, x, y, a));
}

fn rank_one_complex<T: Number + ComplexScalar>(libraries: &[Library]) {
    rank_one::<T>(libraries, Transpose::Trans, |ctx, alpha, x, y, a| vecblas::geru(ctx, alpha, x, y, a));
    rank_one::<T>(libraries, Transpose::ConjTrans, |ctx, alpha, x, y, a| vecblas::gerc(ctx, alpha, x, y, a));
}

type Update<'f, T> =
    &'f dyn Fn(&Context, &Square<T>, Vector<'_, T>, Vector<'_, T>, &mut VeBuffer<T>) -> Request<'static, ()>;

/// The two updates of a half: with one vector, and with two.
fn half_updates<T: Number>(
    libraries: &[Library],
    square: &Square<T>,
    (first, second): (&Dense, &Dense),
    calls: [Update<'_, T>; 2],
) {
    let Square { n, incx, incy, a, memory, x, y, what, .. } = square;
    for (rank, (change, call)) in [first, second].into_iter().zip(calls).enumerate() {
        let expected = change.plus(a);
        for library in libraries {
            let (from_x, from_y, mut to) =
                (library.upload(&x.0.elements), library.upload(&y.0.elements), library.upload(&memory.elements));
            let (from_x, from_y) = (Vector::new(&from_x, *n, *incx), Vector::new(&from_y, *n, *incy));
            call(&library.ctx, square, from_x, from_y, &mut to).wait().unwrap();
            let what = || format!("{}, update with {} vector(s), {}: {what}", T::LETTER, rank + 1, library.name);
            memory.check(&to.to_vec().unwrap(), &expected, 4, what);
        }
    }
}

fn symmetric_updates<T: Number + RealScalar>(libraries: &[Library]) {
    halves::<T>(false, |_, square| {
        if square.half == Half::Band {
            return;
        }
        let (x, y, alpha) = (&square.x.1, &square.y.1, square.factors.0.value());
        let t = Transpose::Trans;
        let one = x.times(&x.op(t)).scaled(alpha);
        let two = x.times(&y.op(t)).plus(&y.times(&x.op(t))).scaled(alpha);
        half_updates(
            libraries,
            &square,
            (&one, &two),
            [
                &|ctx, s, x, _, a| match s.half {
                    Half::Full => vecblas::syr(ctx, s.factors.0, x, full_mut(s.layout, a, s.n).symmetric(s.uplo)),
                    _ => vecblas::spr(ctx, s.factors.0, x, packed(s, a)),
                },
                &|ctx, s, x, y, a| match s.half {
                    Half::Full => vecblas::syr2(ctx, s.factors.0, x, y, full_mut(s.layout, a, s.n).symmetric(s.uplo)),
                    _ => vecblas::spr2(ctx, s.factors.0, x, y, packed(s, a)),
                },
            ],
        );
    });
}

fn packed<'a, T>(square: &Square<T>, a: &'a mut VeBuffer<T>) -> Symmetric<PackedMut<'a, T>> {
    PackedMut::new(square.layout, a, square.n).symmetric(square.uplo)
}

fn packed_hermitian<'a, T>(square: &Square<T>, a: &'a mut VeBuffer<T>) -> Hermitian<PackedMut<'a, T>> {
    PackedMut::new(square.layout, a, square.n).hermitian(square.uplo)
}

fn hermitian_updates<T: Number + ComplexScalar>(libraries: &[Library])
where
    T::Part: Number,
{
    halves::<T>(true, |_, mut square| {
        if square.half == Half::Band {
            return;
        }
        // The diagonal that comes back has no imaginary part; so it goes there without one.
        let stored = square.half.stored(square.n, square.uplo);
        square.memory = Memory::new(&square.a, square.half.place(square.layout, square.n, square.uplo), stored);
        let (x, y, alpha) = (&square.x.1, &square.y.1, square.factors.0.value());
        let h = Transpose::ConjTrans;
        let one = x.times(&x.op(h)).scaled(C64::new(alpha.re, 0.0));
        let two = x.times(&y.op(h)).scaled(alpha).plus(&y.times(&x.op(h)).scaled(alpha.conj()));
        let real = |s: &Square<T>| <T::Part as Number>::of(s.factors.0.value());
        half_updates(
            libraries,
            &square,
            (&one, &two),
            [
                &|ctx, s, x, _, a| match s.half {
                    Half::Full => vecblas::her(ctx, real(s), x, full_mut(s.layout, a, s.n).hermitian(s.uplo)),
                    _ => vecblas::hpr(ctx, real(s), x, packed_hermitian(s, a)),
                },
                &|ctx, s, x, y, a| match s.half {
                    Half::Full => vecblas::her2(ctx, s.factors.0, x, y, full_mut(s.layout, a, s.n).hermitian(s.uplo)),
                    _ => vecblas::hpr2(ctx, s.factors.0, x, y, packed_hermitian(s, a)),
                },
            ],
        );
    });
}
