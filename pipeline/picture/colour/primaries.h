#pragma once
// Primaries and the matrices between them. Pure; any thread.

#include <array>

namespace nightreel {

using Vector3 = std::array<double, 3>;
using Matrix3 = std::array<Vector3, 3>;  // rows

// CIE 1931 x, y.
struct Chromaticity {
    double x = 0;
    double y = 0;
};

struct Chromaticities {
    Chromaticity red;
    Chromaticity green;
    Chromaticity blue;
    Chromaticity white;
};

inline constexpr Chromaticities rec709_primaries{
    {0.640, 0.330}, {0.300, 0.600}, {0.150, 0.060}, {0.3127, 0.3290}};
// AP1, the primaries of ACEScg.
inline constexpr Chromaticities ap1_primaries{
    {0.713, 0.293}, {0.165, 0.830}, {0.128, 0.044}, {0.32168, 0.33767}};
// AP0, the primaries of ACES2065-1.
inline constexpr Chromaticities ap0_primaries{
    {0.7347, 0.2653}, {0.0, 1.0}, {0.0001, -0.077}, {0.32168, 0.33767}};

Matrix3 multiply(const Matrix3& a, const Matrix3& b);
Vector3 multiply(const Matrix3& a, const Vector3& v);
Matrix3 inverse(const Matrix3& matrix);

// Linear RGB to CIE XYZ, with white at Y = 1.
Matrix3 rgb_to_xyz(const Chromaticities& primaries);
// Von Kries adaptation of XYZ in the Bradford cone space.
Matrix3 bradford_adaptation(Chromaticity from_white, Chromaticity to_white);
// Linear RGB to linear RGB; white becomes white.
Matrix3 rgb_to_rgb(const Chromaticities& from, const Chromaticities& to);

}  // namespace nightreel
