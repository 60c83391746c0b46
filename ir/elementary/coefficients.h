// Made by coefficients.py. Errors are in units of 2^-24 (f32) or 2^-53 (f64), relative to the function.
#pragma once

#include <array>

namespace rondo::ir::elementary::coefficients {

// exp(r) = 1 + r + r^2 q(r), |r| <= ln(2)/2: q. Error 0.056.
inline constexpr std::array<double, 5> exp_f32 = {0x1.fffffc0000000p-2, 0x1.55548c0000000p-3,
                                                  0x1.5558a80000000p-5, 0x1.123d100000000p-7,
                                                  0x1.6a41ae0000000p-10};

// exp(r) = 1 + r + r^2 q(r), |r| <= ln(2)/2: q. Error 0.0026.
inline constexpr std::array<double, 11> exp_f64 = {
    0x1.0000000000000p-1,  0x1.5555555555559p-3,  0x1.5555555555558p-5,  0x1.111111110f713p-7,
    0x1.6c16c16c174c6p-10, 0x1.a01a01af9e7f5p-13, 0x1.a01a0199bc425p-16, 0x1.71ddf922f5742p-19,
    0x1.27e502ac96c60p-22, 0x1.af5d45ff88baep-26, 0x1.1f2a1ed36e355p-29};

// log(1 + f) = f - f^2/2 + f^3 q(f), sqrt(1/2) <= 1 + f <= sqrt(2): q. Error 0.098.
inline constexpr std::array<double, 8> log_f32 = {
    0x1.5555540000000p-2, -0x1.0002280000000p-2, 0x1.99a0340000000p-3, -0x1.54722e0000000p-3,
    0x1.22d68e0000000p-3, -0x1.0d826c0000000p-3, 0x1.0570e80000000p-3, -0x1.38f7360000000p-4};

// 2 atanh(s) = 2s + (2/3) s^3 + s^5 q(s^2), |s| <= 3 - 2 sqrt(2): q. Error 6.8e-7.
inline constexpr std::array<double, 8> log_f64 = {
    0x1.9999999999996p-2, 0x1.2492492492f50p-2, 0x1.c71c71c596c03p-3, 0x1.745d182939423p-3,
    0x1.3b1364d24403cp-3, 0x1.11206db0fbd27p-3, 0x1.de3db18ca6a6bp-4, 0x1.eac382a6bf90dp-4};

// sin(r) = r + r^3 q(r^2), |r| <= 0.89: q. Error 1.6e+5.
inline constexpr std::array<double, 4> sin_f32 = {-0x1.5555553d06864p-3, 0x1.1110feb2d1dc2p-7,
                                                  -0x1.a008aa1332599p-13, 0x1.6b638a9ec82cdp-19};

// cos(r) = 1 - r^2/2 + r^4 q(r^2), |r| <= 0.89: q. Error 3.9e+6.
inline constexpr std::array<double, 3> cos_f32 = {0x1.55553d1823241p-5, -0x1.6c053566db7b3p-10,
                                                  0x1.9824562999e2ap-16};

// sin(r) = r + r^3 q(r^2), |r| <= 0.79: q. Error 0.037.
inline constexpr std::array<double, 6> sin_f64 = {-0x1.5555555555547p-3,  0x1.111111110f595p-7,
                                                  -0x1.a01a019bb447ap-13, 0x1.71de352637963p-19,
                                                  -0x1.ae5e25f9aad9bp-26, 0x1.5d803ff6fc4b8p-33};

// cos(r) = 1 - r^2/2 + r^4 q(r^2), |r| <= 0.79: q. Error 0.00055.
inline constexpr std::array<double, 6> cos_f64 = {0x1.555555555554ap-5,  -0x1.6c16c16c14df7p-10,
                                                  0x1.a01a019c5abf0p-16, -0x1.27e4f7cbcf38ap-22,
                                                  0x1.1ee9c219feb11p-29, -0x1.8f9927031e7bfp-37};

// tanh(x) = 0.125 x + x P(x^2) / Q(x^2), |x| <= 9.02: P. Error 0.39.
inline constexpr std::array<double, 5> tanh_f32_upper = {0x1.c000000000000p-1, 0x1.34f8060000000p-4,
                                                         0x1.129bc80000000p-12, -0x1.57728e0000000p-16,
                                                         -0x1.68b20e0000000p-24};
inline constexpr double tanh_f32_slope = 0x1.0000000000000p-3;

// And its Q.
inline constexpr std::array<double, 5> tanh_f32_lower = {1, 0x1.de5f360000000p-2, 0x1.a816b40000000p-6,
                                                         0x1.58d0c20000000p-12, 0x1.a229400000000p-21};

// erf(x) = 0.25 x + x P(x^2) / Q(x^2), |x| <= 3.93: P. Error 0.33.
inline constexpr std::array<double, 6> erf_f32_upper = {0x1.c1baea08536dap-1,   0x1.094642d218010p-4,
                                                        0x1.8caa2bfe495bfp-6,   0x1.372d422a1abf5p-16,
                                                        -0x1.79a05348a405bp-18, -0x1.f475ad43a02e1p-18};
inline constexpr double erf_f32_slope = 0x1.0000000000000p-2;

// And its Q.
inline constexpr std::array<double, 6> erf_f32_lower = {1,
                                                        0x1.00fdc4607d72ap-1,
                                                        0x1.d3176e79dcdb1p-4,
                                                        0x1.e9ed23ab8d757p-7,
                                                        0x1.2ff327ffb304ep-10,
                                                        0x1.3edefc8909477p-15};

// erf(x) = 0.171875 x + x P(x^2) / Q(x^2), |x| <= 5.93: P. Error 0.32.
inline constexpr std::array<double, 13> erf_f64_upper = {
    0x1.e9baea08536dap-1,  0x1.08b9ebb14e09bp-3,   0x1.5fdb7171bf404p-5,   0x1.9741060391df8p-9,
    0x1.b2c7cd930d097p-12, 0x1.2ee38938aa7b2p-16,  0x1.4bb68b964dc83p-20,  0x1.bcdacc8b48b6bp-26,
    0x1.8a99a42fe30d9p-31, -0x1.76dc999c11a93p-36, -0x1.2532d1f5cfa2ap-40, -0x1.39557ee57f729p-45,
    -0x1.3b23db97de1c1p-53};
inline constexpr double erf_f64_slope = 0x1.6000000000001p-3;

// And its Q.
inline constexpr std::array<double, 13> erf_f64_lower = {1,
                                                         0x1.0e866557371c7p-1,
                                                         0x1.13e0cd984c660p-3,
                                                         0x1.680c3ea9710bcp-6,
                                                         0x1.4ff11e185b80bp-9,
                                                         0x1.d9c34e525a120p-13,
                                                         0x1.03c4c6a6233a5p-16,
                                                         0x1.bfcd05c86c886p-21,
                                                         0x1.2d9ef157d09dcp-25,
                                                         0x1.34c18a4d05f5ap-30,
                                                         0x1.c011aac40fa0dp-36,
                                                         0x1.75f3f3825b1c7p-42,
                                                         0x1.ff3721cc29e5ap-51};

// tanh(x) = x P(x^2) / Q(x^2), |x| <= 7.9: P. Error 3.4.
inline constexpr std::array<double, 5> tanh_fast_f32_upper = {1, 0x1.049f520000000p-3, 0x1.632dca0000000p-9,
                                                              0x1.e738020000000p-18, -0x1.b1c7f40000000p-28};

// And its Q.
inline constexpr std::array<double, 4> tanh_fast_f32_lower = {1, 0x1.d7a4b80000000p-2, 0x1.7752cc0000000p-6,
                                                              0x1.a0296c0000000p-13};

// sigmoid(x) - 1/2 = x P(x^2) / Q(x^2), |x| <= 15.8: P. Error 3.4.
inline constexpr std::array<double, 5> sigmoid_fast_f32_upper = {0x1.0000000000000p-2, 0x1.049f520000000p-7,
                                                                 0x1.632dca0000000p-15, 0x1.e738020000000p-26,
                                                                 -0x1.b1c7f40000000p-38};

// And its Q.
inline constexpr std::array<double, 4> sigmoid_fast_f32_lower = {
    1, 0x1.d7a4b80000000p-4, 0x1.7752cc0000000p-10, 0x1.a0296c0000000p-19};

}  // namespace rondo::ir::elementary::coefficients
