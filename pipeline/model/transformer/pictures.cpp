#include "pipeline/model/transformer/pictures.h"

#include <ATen/ATen.h>

#include "pipeline/model/tensor/products.h"
#include "shotspec/base/check.h"

namespace nightreel {

at::Tensor WanPictureEmbedder::Norm::operator()(const at::Tensor& x) const {
    constexpr double epsilon = 1e-5;
    return at::layer_norm(x.to(at::kFloat), {x.size(-1)}, weight(), bias(), epsilon)
        .to(x.scalar_type());
}

WanPictureEmbedder::Norm WanPictureEmbedder::read_norm(const LayerReader& reader,
                                                       const std::string& name,
                                                       std::int64_t width) {
    return {reader.parameter(name + ".weight", {width}), reader.parameter(name + ".bias", {width})};
}

WanPictureEmbedder::WanPictureEmbedder(const LayerReader& reader, const WanConfig& config) {
    const std::string prefix = "condition_embedder.image_embedder.";
    const std::int64_t width = config.picture;
    if (config.picture_positions > 0) {
        positions_1pi_ =
            reader.parameter(prefix + "pos_embed", {1, config.picture_positions, width});
    }
    norm_in_ = read_norm(reader, prefix + "norm1", width);
    first_ = reader.linear(prefix + "ff.net.0.proj", width, width);
    second_ = reader.linear(prefix + "ff.net.2", config.width(), width);
    norm_out_ = read_norm(reader, prefix + "norm2", config.width());
}

at::Tensor WanPictureEmbedder::operator()(const at::Tensor& pictures_bpi) const {
    at::Tensor x = pictures_bpi.to(first_.weight.device(), first_.weight.scalar_type());
    if (positions_1pi_.value.defined()) {
        NIGHTREEL_CHECK(x.size(1) == positions_1pi_.value.size(1),
                        "as many tokens of pictures as there are learned positions");
        x = x + positions_1pi_().to(x.scalar_type());
    }
    return norm_out_(second_(exact_gelu(first_(norm_in_(x)))));
}

}  // namespace nightreel
