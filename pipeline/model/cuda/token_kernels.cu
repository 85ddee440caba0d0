#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>
#include <cuda_runtime.h>

#include "pipeline/model/cuda/token_kernels.h"

namespace nightreel {
namespace {

// This thread among those of its block. Sums are made in the same order whatever the GPU: a
// butterfly in each warp, then warp after warp.
template <int pieces>
struct DeviceBlock {
    RowThread<pieces> own;
    float* shared;  // a number of each warp

    template <class Use>
    __device__ void each(const Use& use) {
        use(own);
    }

    template <class Value>
    __device__ float sum(const Value& value) {
        return over_block(value(own), [](float a, float b) { return a + b; });
    }

    template <class Value>
    __device__ float largest(const Value& value) {
        return over_block(value(own), [](float a, float b) { return fmaxf(a, b); });
    }

  private:
    template <class Join>
    __device__ float over_block(float value, const Join& join) {
        constexpr unsigned all_lanes = 0xFFFFFFFFU;
        for (int offset = warp_threads / 2; offset > 0; offset /= 2) {
            value = join(value, __shfl_xor_sync(all_lanes, value, offset));
        }
        const int warps = own.threads / warp_threads;
        if (warps == 1) return value;
        if (own.index % warp_threads == 0) shared[own.index / warp_threads] = value;
        __syncthreads();
        float joined = shared[0];
        for (int warp = 1; warp < warps; ++warp) joined = join(joined, shared[warp]);
        __syncthreads();  // before somebody writes there again
        return joined;
    }
};

template <int pieces>
__device__ DeviceBlock<pieces> this_block() {
    __shared__ float of_warps[block_threads_max / warp_threads];
    DeviceBlock<pieces> block;
    block.own.index = static_cast<int>(threadIdx.x);
    block.own.threads = static_cast<int>(blockDim.x);
    block.shared = of_warps;
    return block;
}

template <int pieces, class X, class Y>
__global__ void __launch_bounds__(block_threads_max) norm_kernel(NormTokens<X, Y> all) {
    DeviceBlock<pieces> block = this_block<pieces>();
    norm_token(block, all, blockIdx.x);
}

template <int pieces, class X, class Y>
__global__ void __launch_bounds__(block_threads_max) gate_kernel(GateTokens<X, Y> all) {
    DeviceBlock<pieces> block = this_block<pieces>();
    gate_token(block, all, blockIdx.x);
}

template <int pieces, class X>
__global__ void __launch_bounds__(block_threads_max) rotate_kernel(RotateTokens<X> all) {
    DeviceBlock<pieces> block = this_block<pieces>();
    rotate_token(block, all, blockIdx.x);
}

template <int pieces, class X, class Y>
__global__ void __launch_bounds__(block_threads_max) round_kernel(RoundTokens<X, Y> all) {
    DeviceBlock<pieces> block = this_block<pieces>();
    round_token(block, all, blockIdx.x);
}

// use(pieces as a type, threads) for the width.
template <int count>
struct Pieces {
    static constexpr int value = count;
};

template <class Use>
void for_width(std::int64_t width, const Use& use) {
    const BlockShape shape = block_shape(width);
    if (shape.pieces == 1) return use(Pieces<1>{}, shape.threads);
    if (shape.pieces == 2) return use(Pieces<2>{}, shape.threads);
    use(Pieces<pieces_max>{}, shape.threads);
}

// use(X()) of the type.
template <class Use>
void for_type(ItemType type, const Use& use) {
    switch (type) {
        case ItemType::float32:
            return use(float{});
        case ItemType::bfloat16:
            return use(__nv_bfloat16{});
        case ItemType::float16:
            return use(__half{});
    }
}

const char* started() {
    const cudaError_t error = cudaGetLastError();
    return error == cudaSuccess ? nullptr : cudaGetErrorString(error);
}

unsigned grid_of(std::int64_t rows) {
    return static_cast<unsigned>(rows);
}

}  // namespace

const char* launch_norm(const NormLaunch& launch, void* stream) {
    for_type(launch.x_type, [&]<class X>(X) {
        for_type(launch.out_type, [&]<class Y>(Y) {
            const NormTokens<X, Y> all{static_cast<const X*>(launch.x),
                                       static_cast<Y*>(launch.out),
                                       launch.shift,
                                       launch.scale,
                                       launch.row,
                                       launch.width,
                                       launch.epsilon};
            for_width(launch.width, [&]<class P>(P, int threads) {
                norm_kernel<P::value, X, Y>
                    <<<grid_of(launch.tokens), threads, 0, static_cast<cudaStream_t>(stream)>>>(
                        all);
            });
        });
    });
    return started();
}

const char* launch_gate(const GateLaunch& launch, void* stream) {
    for_type(launch.x_type, [&]<class X>(X) {
        for_type(launch.y_type, [&]<class Y>(Y) {
            const GateTokens<X, Y> all{static_cast<X*>(launch.x),
                                       static_cast<const Y*>(launch.y),
                                       launch.gate,
                                       launch.row,
                                       launch.width};
            for_width(launch.width, [&]<class P>(P, int threads) {
                gate_kernel<P::value, X, Y>
                    <<<grid_of(launch.tokens), threads, 0, static_cast<cudaStream_t>(stream)>>>(
                        all);
            });
        });
    });
    return started();
}

const char* launch_rotate(const RotateLaunch& launch, void* stream) {
    for_type(launch.type, [&]<class X>(X) {
        const RotateTokens<X> all{static_cast<X*>(launch.x),
                                  launch.weight,
                                  launch.rotations,
                                  launch.tokens,
                                  launch.parts,
                                  launch.token_stride,
                                  launch.part_stride,
                                  launch.width,
                                  launch.head_size,
                                  launch.epsilon};
        for_width(launch.width, [&]<class P>(P, int threads) {
            rotate_kernel<P::value, X><<<grid_of(launch.clips * launch.tokens * launch.parts),
                                         threads,
                                         0,
                                         static_cast<cudaStream_t>(stream)>>>(all);
        });
    });
    return started();
}

const char* launch_round(const RoundLaunch& launch, void* stream) {
    for_type(launch.type, [&]<class X>(X) {
        const RoundTokens<X, __nv_fp8_e4m3> all{static_cast<const X*>(launch.x),
                                                static_cast<__nv_fp8_e4m3*>(launch.out),
                                                launch.scales,
                                                launch.width};
        for_width(launch.width, [&]<class P>(P, int threads) {
            round_kernel<P::value, X, __nv_fp8_e4m3>
                <<<grid_of(launch.tokens), threads, 0, static_cast<cudaStream_t>(stream)>>>(all);
        });
    });
    return started();
}

}  // namespace nightreel
