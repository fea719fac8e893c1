//! Level 3, against the oracle and against three libraries.

use vecblas::{ComplexScalar, Diag, Layout, Matrix, MatrixMut, Side, Transpose, Uplo};
use veo::{Context, Request};

use crate::level2::{DIAGS, LAYOUTS, TRANSPOSES, UPLOS, residual};
use crate::memory::{Memory, Place, Stored, mirrored, random, triangular};
use crate::oracle::{C64, Dense};
use crate::support::{Library, Number, Random, for_all, for_complex, libraries};

const SIDES: [Side; 2] = [Side::Left, Side::Right];

/// A matrix of random numbers in memory with room between its lines.
fn matrix<T: Number>(rng: &mut Random, layout: Layout, rows: usize, cols: usize) -> (Memory<T>, Dense) {
    let dense = random::<T>(rng, rows, cols, Stored::All);
    (Memory::new(&dense, place(layout, rows, cols), Stored::All), dense)
}

fn place(layout: Layout, rows: usize, cols: usize) -> Place {
    let ld = 1 + if layout == Layout::RowMajor { cols } else { rows };
    Place::Full { layout, rows, cols, ld }
}

/// The same on the VE.
macro_rules! on_ve {
    ($kind:ident, $layout:expr, $data:expr, $rows:expr, $cols:expr) => {{
        let Place::Full { ld, .. } = place($layout, $rows, $cols) else { unreachable!() };
        $kind::new($layout, $data, $rows, $cols).with_leading_dimension(ld)
    }};
}

/// Two numbers to multiply with; 0 must overwrite whatever is there.
fn factors<T: Number>(rng: &mut Random, index: usize) -> (T, T) {
    let (alpha, beta) = (rng.number(), rng.number());
    [(alpha, beta), (alpha, T::default()), (T::default(), beta)][index % 3]
}

#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn gemm() {
    let libraries = libraries();
    for_all!(products(&libraries));
}

fn products<T: Number>(libraries: &[Library]) {
    let mut rng = Random::new(21);
    let mut index = 0;
    for (m, n, k) in [(0, 3, 2), (3, 0, 2), (3, 5, 0), (1, 1, 1), (5, 3, 7), (64, 64, 64)] {
        for layout in LAYOUTS {
            for transa in TRANSPOSES {
                for transb in TRANSPOSES {
                    index += 1;
                    let factors = factors(&mut rng, index);
                    product::<T>(libraries, &mut rng, (m, n, k), (layout, transa, transb), factors);
                }
            }
        }
    }
}

fn of(trans: Transpose, (rows, cols): (usize, usize)) -> (usize, usize) {
    if trans == Transpose::None { (rows, cols) } else { (cols, rows) }
}

fn product<T: Number>(
    libraries: &[Library],
    rng: &mut Random,
    (m, n, k): (usize, usize, usize),
    (layout, transa, transb): (Layout, Transpose, Transpose),
    (alpha, beta): (T, T),
) {
    let (a_shape, b_shape) = (of(transa, (m, k)), of(transb, (k, n)));
    let (a, a_values) = matrix::<T>(rng, layout, a_shape.0, a_shape.1);
    let (b, b_values) = matrix::<T>(rng, layout, b_shape.0, b_shape.1);
    let (c, c_values) = matrix::<T>(rng, layout, m, n);
    let product = a_values.op(transa).times(&b_values.op(transb)).scaled(alpha.value());
    let expected = product.plus(&c_values.scaled(beta.value()));
    for library in libraries {
        let (a, b, mut to) = (library.upload(&a.elements), library.upload(&b.elements), library.upload(&c.elements));
        let a = on_ve!(Matrix, layout, &a, a_shape.0, a_shape.1);
        let b = on_ve!(Matrix, layout, &b, b_shape.0, b_shape.1);
        let target = on_ve!(MatrixMut, layout, &mut to, m, n);
        vecblas::gemm(&library.ctx, transa, transb, alpha, a, b, beta, target).wait().unwrap();
        let what = || format!("{}gemm of {}: {m} {n} {k} {layout:?} {transa:?} {transb:?}", T::LETTER, library.name);
        c.check(&to.to_vec().unwrap(), &expected, k, what);
    }
}

// ---- symmetric and Hermitian factors -------------------------------------------------------------------------------

#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn symm_and_hemm() {
    let libraries = libraries();
    for_all!(symmetric(&libraries));
    for_complex!(hermitian(&libraries));
}

fn symmetric<T: Number>(libraries: &[Library]) {
    half_products::<T>(libraries, false, |ctx, side, (alpha, beta), (a, uplo), b, c| {
        vecblas::symm(ctx, side, alpha, a.symmetric(uplo), b, beta, c)
    });
}

fn hermitian<T: Number + ComplexScalar>(libraries: &[Library]) {
    half_products::<T>(libraries, true, |ctx, side, (alpha, beta), (a, uplo), b, c| {
        vecblas::hemm(ctx, side, alpha, a.hermitian(uplo), b, beta, c)
    });
}

fn half_products<T: Number>(
    libraries: &[Library],
    hermitian: bool,
    call: impl Fn(&Context, Side, (T, T), (Matrix<'_, T>, Uplo), Matrix<'_, T>, MatrixMut<'_, T>) -> Request<'static, ()>,
) {
    let mut rng = Random::new(22);
    let mut index = 0;
    for (m, n) in [(0, 3), (3, 0), (1, 1), (5, 7), (64, 64)] {
        for layout in LAYOUTS {
            for (uplo, side) in UPLOS.into_iter().flat_map(|uplo| SIDES.map(|side| (uplo, side))) {
                index += 1;
                let (alpha, beta) = factors::<T>(&mut rng, index);
                let order = if side == Side::Left { m } else { n };
                let half = random::<T>(&mut rng, order, order, Stored::Half(uplo));
                let a = Memory::<T>::new(&half, place(layout, order, order), Stored::Half(uplo));
                let whole = mirrored(&half, uplo, hermitian);
                let ((b, b_values), (c, c_values)) =
                    (matrix::<T>(&mut rng, layout, m, n), matrix::<T>(&mut rng, layout, m, n));
                let product = if side == Side::Left { whole.times(&b_values) } else { b_values.times(&whole) };
                let expected = product.scaled(alpha.value()).plus(&c_values.scaled(beta.value()));
                for library in libraries {
                    let (a, b, mut to) =
                        (library.upload(&a.elements), library.upload(&b.elements), library.upload(&c.elements));
                    let a = on_ve!(Matrix, layout, &a, order, order);
                    let b = on_ve!(Matrix, layout, &b, m, n);
                    let target = on_ve!(MatrixMut, layout, &mut to, m, n);
                    call(&library.ctx, side, (alpha, beta), (a, uplo), b, target).wait().unwrap();
                    let what = || format!("{}, {}: {m} x {n} {layout:?} {uplo:?} {side:?}", T::LETTER, library.name);
                    c.check(&to.to_vec().unwrap(), &expected, order, what);
                }
            }
        }
    }
}

// ---- products with the transpose -----------------------------------------------------------------------------------

#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn updates() {
    let libraries = libraries();
    for_all!(symmetric_updates(&libraries));
    for_complex!(hermitian_updates(&libraries));
}

/// One update of a half of C, of a given rank.
struct Update<T> {
    n: usize,
    k: usize,
    layout: Layout,
    uplo: Uplo,
    trans: Transpose,
    factors: (T, T),
    a: (Memory<T>, Dense),
    b: (Memory<T>, Dense),
    c: (Memory<T>, Dense),
}

impl<T: Number> Update<T> {
    /// op(A), and the transpose of op(B) by this.
    fn operands(&self, transposed: Transpose) -> [Dense; 4] {
        let first = |dense: &Dense| if self.trans == Transpose::None { dense.clone() } else { dense.op(transposed) };
        let (a, b) = (first(&self.a.1), first(&self.b.1));
        let (at, bt) = (a.op(transposed), b.op(transposed));
        [a, b, at, bt]
    }

    fn shape(&self) -> (usize, usize) {
        of(self.trans, (self.n, self.k))
    }

    fn run(
        &self,
        libraries: &[Library],
        name: &str,
        change: &Dense,
        beta: C64,
        call: impl Fn(&Context, Matrix<'_, T>, Matrix<'_, T>, MatrixMut<'_, T>) -> Request<'static, ()>,
    ) {
        let expected = change.plus(&self.c.1.scaled(beta));
        let (rows, cols) = self.shape();
        for library in libraries {
            let (a, b, mut to) = (
                library.upload(&self.a.0.elements),
                library.upload(&self.b.0.elements),
                library.upload(&self.c.0.elements),
            );
            let (a, b) = (on_ve!(Matrix, self.layout, &a, rows, cols), on_ve!(Matrix, self.layout, &b, rows, cols));
            let c = on_ve!(MatrixMut, self.layout, &mut to, self.n, self.n);
            call(&library.ctx, a, b, c).wait().unwrap();
            let Self { n, k, layout, uplo, trans, factors, .. } = self;
            let what = || {
                format!("{}{name} of {}: {n} {k} {layout:?} {uplo:?} {trans:?} {factors:?}", T::LETTER, library.name)
            };
            self.c.0.check(&to.to_vec().unwrap(), &expected, 2 * self.k, what);
        }
    }
}

fn all_updates<T: Number>(hermitian: bool, transposes: &[Transpose], mut test: impl FnMut(Update<T>)) {
    let mut rng = Random::new(23);
    let mut index = 0;
    for (n, k) in [(0, 3), (3, 0), (1, 1), (5, 7), (64, 64)] {
        for layout in LAYOUTS {
            for uplo in UPLOS {
                for &trans in transposes {
                    index += 1;
                    let (rows, cols) = of(trans, (n, k));
                    let factors = factors(&mut rng, index);
                    let (a, b) = (matrix(&mut rng, layout, rows, cols), matrix(&mut rng, layout, rows, cols));
                    let half = random::<T>(&mut rng, n, n, Stored::Half(uplo));
                    let whole = mirrored(&half, uplo, hermitian);
                    let c = (Memory::new(&whole, place(layout, n, n), Stored::Half(uplo)), whole);
                    test(Update { n, k, layout, uplo, trans, factors, a, b, c });
                }
            }
        }
    }
}

fn symmetric_updates<T: Number>(libraries: &[Library]) {
    let transposes = if T::IS_COMPLEX { &TRANSPOSES[..2] } else { &TRANSPOSES[..] };
    all_updates::<T>(false, transposes, |update| {
        let [a, b, at, bt] = update.operands(Transpose::Trans);
        let (alpha, beta) = update.factors;
        let (uplo, trans) = (update.uplo, update.trans);
        let one = a.times(&at).scaled(alpha.value());
        update.run(libraries, "syrk", &one, beta.value(), |ctx, a, _, c| {
            vecblas::syrk(ctx, trans, alpha, a, beta, c.symmetric(uplo))
        });
        let two = a.times(&bt).plus(&b.times(&at)).scaled(alpha.value());
        update.run(libraries, "syr2k", &two, beta.value(), |ctx, a, b, c| {
            vecblas::syr2k(ctx, trans, alpha, a, b, beta, c.symmetric(uplo))
        });
    });
}

fn hermitian_updates<T: Number + ComplexScalar>(libraries: &[Library])
where
    T::Part: Number,
{
    all_updates::<T>(true, &[Transpose::None, Transpose::ConjTrans], |update| {
        let [a, b, at, bt] = update.operands(Transpose::ConjTrans);
        let (alpha, beta) = update.factors;
        let (real_alpha, real_beta) = (<T::Part as Number>::of(alpha.value()), <T::Part as Number>::of(beta.value()));
        let (uplo, trans) = (update.uplo, update.trans);
        let one = a.times(&at).scaled(real_alpha.value());
        update.run(libraries, "herk", &one, real_beta.value(), |ctx, a, _, c| {
            vecblas::herk(ctx, trans, real_alpha, a, real_beta, c.hermitian(uplo))
        });
        // Of the conjugate transpose, it is alpha Aᴴ B + ᾱ Bᴴ A: `a` and `b` are those already.
        let two = a.times(&bt).scaled(alpha.value()).plus(&b.times(&at).scaled(alpha.value().conj()));
        update.run(libraries, "her2k", &two, real_beta.value(), |ctx, a, b, c| {
            vecblas::her2k(ctx, trans, alpha, a, b, real_beta, c.hermitian(uplo))
        });
    });
}

// ---- triangular factors --------------------------------------------------------------------------------------------

#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn trmm_and_trsm() {
    let libraries = libraries();
    for_all!(triangles(&libraries));
}

fn triangles<T: Number>(libraries: &[Library]) {
    let mut rng = Random::new(24);
    for (m, n) in [(0, 3), (3, 0), (1, 1), (5, 7), (64, 64)] {
        for layout in LAYOUTS {
            for side in SIDES {
                for uplo in UPLOS {
                    for trans in TRANSPOSES {
                        for diag in DIAGS {
                            triangle::<T>(libraries, &mut rng, (m, n, layout), (side, uplo, trans, diag));
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
    (m, n, layout): (usize, usize, Layout),
    (side, uplo, trans, diag): (Side, Uplo, Transpose, Diag),
) {
    let order = if side == Side::Left { m } else { n };
    let a_values = triangular::<T>(rng, order, uplo, diag, order);
    let a = Memory::<T>::new(&a_values, place(layout, order, order), Stored::triangle(uplo, diag));
    let (b, b_values) = matrix::<T>(rng, layout, m, n);
    let (alpha, op) = (rng.number::<T>(), a_values.op(trans));
    let product = |b: &Dense| if side == Side::Left { op.times(b) } else { b.times(&op) };
    let (expected, right) = (product(&b_values).scaled(alpha.value()), b_values.scaled(alpha.value()));
    for library in libraries {
        let (a, mut multiplied, mut solved) =
            (library.upload(&a.elements), library.upload(&b.elements), library.upload(&b.elements));
        let a = on_ve!(Matrix, layout, &a, order, order).triangular(uplo, diag);
        let target = on_ve!(MatrixMut, layout, &mut multiplied, m, n);
        vecblas::trmm(&library.ctx, side, trans, alpha, a, target).wait().unwrap();
        let target = on_ve!(MatrixMut, layout, &mut solved, m, n);
        vecblas::trsm(&library.ctx, side, trans, alpha, a, target).wait().unwrap();
        let what =
            || format!("{} of {}: {m} x {n} {layout:?} {side:?} {uplo:?} {trans:?} {diag:?}", T::LETTER, library.name);
        b.check(&multiplied.to_vec().unwrap(), &expected, order, || format!("product, {}", what()));
        let solved = solved.to_vec().unwrap();
        let solution = b.read(&solved);
        b.check(&solved, &solution, 0, || format!("solution, {}", what()));
        residual::<T>(&product(&solution), &right, order, || format!("solution, {}", what()));
    }
}
