#include "pipeline/picture/colour/primaries.h"

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

constexpr Matrix3 bradford_cones{
    {{0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}}};

Vector3 xyz_of(Chromaticity c) {
    return {c.x / c.y, 1.0, (1.0 - c.x - c.y) / c.y};
}

// Not divided by y, because the blue of AP0 lies below the axis and a primary may have y = 0.
Vector3 xyz_unscaled(Chromaticity c) {
    return {c.x, c.y, 1.0 - c.x - c.y};
}

}  // namespace

Matrix3 multiply(const Matrix3& a, const Matrix3& b) {
    Matrix3 product{};
    for (std::size_t row = 0; row < 3; ++row) {
        for (std::size_t column = 0; column < 3; ++column) {
            for (std::size_t k = 0; k < 3; ++k) product[row][column] += a[row][k] * b[k][column];
        }
    }
    return product;
}

Vector3 multiply(const Matrix3& a, const Vector3& v) {
    Vector3 product{};
    for (std::size_t row = 0; row < 3; ++row) {
        for (std::size_t k = 0; k < 3; ++k) product[row] += a[row][k] * v[k];
    }
    return product;
}

Matrix3 inverse(const Matrix3& matrix) {
    const auto& [a, b, c] = matrix;
    const auto cross = [](const Vector3& u, const Vector3& v) {
        return Vector3{
            u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]};
    };
    const Vector3 bc = cross(b, c);
    const Vector3 ca = cross(c, a);
    const Vector3 ab = cross(a, b);
    const double determinant = a[0] * bc[0] + a[1] * bc[1] + a[2] * bc[2];
    NIGHTREEL_CHECK(determinant != 0.0, "primaries span a triangle");
    Matrix3 result{};
    for (std::size_t row = 0; row < 3; ++row) {
        result[row] = {bc[row] / determinant, ca[row] / determinant, ab[row] / determinant};
    }
    return result;
}

Matrix3 rgb_to_xyz(const Chromaticities& primaries) {
    const Vector3 red = xyz_unscaled(primaries.red);
    const Vector3 green = xyz_unscaled(primaries.green);
    const Vector3 blue = xyz_unscaled(primaries.blue);
    Matrix3 matrix{};
    for (std::size_t row = 0; row < 3; ++row) matrix[row] = {red[row], green[row], blue[row]};
    const Vector3 scale = multiply(inverse(matrix), xyz_of(primaries.white));
    for (Vector3& row : matrix) {
        for (std::size_t column = 0; column < 3; ++column) row[column] *= scale[column];
    }
    return matrix;
}

Matrix3 bradford_adaptation(Chromaticity from_white, Chromaticity to_white) {
    const Vector3 from = multiply(bradford_cones, xyz_of(from_white));
    const Vector3 to = multiply(bradford_cones, xyz_of(to_white));
    Matrix3 gain{};
    for (std::size_t k = 0; k < 3; ++k) gain[k][k] = to[k] / from[k];
    return multiply(inverse(bradford_cones), multiply(gain, bradford_cones));
}

Matrix3 rgb_to_rgb(const Chromaticities& from, const Chromaticities& to) {
    const Matrix3 adapted = multiply(bradford_adaptation(from.white, to.white), rgb_to_xyz(from));
    return multiply(inverse(rgb_to_xyz(to)), adapted);
}

}  // namespace nightreel
