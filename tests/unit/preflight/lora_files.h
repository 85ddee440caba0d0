#pragma once
// LoRA files as trainers write them, for tests: every way of naming keys, and everything that can
// be wrong with a file. Values; any thread.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "pipeline/checkpoint/format/safetensors_header.h"

namespace nightreel {

// What stands in a file: its tensors, and the data of those that are not zeros.
struct LoraContent {
    std::map<std::string, TensorFacts, std::less<>> tensors;
    std::map<std::string, std::string, std::less<>> data;
    TextMetadata metadata;

    // A low-rank pair of one layer; keys are `prefix` + layer + ending.
    void add_pair(const std::string& down,
                  const std::string& up,
                  std::int64_t out,
                  std::int64_t in);
    void set_alpha(const std::string& key, float alpha);
};

void write_lora(const std::filesystem::path& file, const LoraContent& content);

// How a trainer names the keys of a layer, given by its original name "blocks.0.self_attn.q" and
// by diffusers' "blocks.0.attn1.to_q".
struct LoraNaming {
    std::string name;
    bool original = true;
    bool underscored = false;
    std::string prefix;
    std::string down;
    std::string up;
};

const std::vector<LoraNaming>& lora_namings();

// Queries and first feed-forward matrices of so many blocks of a transformer, rank 2.
LoraContent lora_named(const LoraNaming& naming,
                       std::int64_t width,
                       std::int64_t feed_forward,
                       std::int64_t blocks);

// What a LoRA for an image-to-video model of Wan 2.1 has besides: its image branch.
void add_image_branch(LoraContent& content,
                      const LoraNaming& naming,
                      std::int64_t width,
                      std::int64_t blocks);

struct LoraFault {
    std::string name;
    std::string said;  // a part of what is told of it
    LoraContent content;
};

// Files that no model of this width and depth loads.
std::vector<LoraFault> lora_faults(const LoraNaming& naming,
                                   std::int64_t width,
                                   std::int64_t feed_forward,
                                   std::int64_t blocks);

}  // namespace nightreel
