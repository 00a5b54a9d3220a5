#pragma once
// SPDX-License-Identifier: BSL-1.0
// Every published system: for decode a selector, for prefill a way to a mask; and their offline steps.
#include <lacuna/attention/systems/channel_calibration.hpp>
#include <lacuna/attention/systems/dhsa.hpp>
#include <lacuna/attention/systems/double_sparsity.hpp>
#include <lacuna/attention/systems/duo_attention.hpp>
#include <lacuna/attention/systems/flex_prefill.hpp>
#include <lacuna/attention/systems/frontier.hpp>
#include <lacuna/attention/systems/head_gates.hpp>
#include <lacuna/attention/systems/heavy_hitters.hpp>
#include <lacuna/attention/systems/infllm_prefill.hpp>
#include <lacuna/attention/systems/infllm_v2.hpp>
#include <lacuna/attention/systems/kinetics.hpp>
#include <lacuna/attention/systems/lserve.hpp>
#include <lacuna/attention/systems/minference.hpp>
#include <lacuna/attention/systems/moa_influence.hpp>
#include <lacuna/attention/systems/moa_plan.hpp>
#include <lacuna/attention/systems/nsa.hpp>
#include <lacuna/attention/systems/nsa_prefill.hpp>
#include <lacuna/attention/systems/prefill_system.hpp>
#include <lacuna/attention/systems/promises.hpp>
#include <lacuna/attention/systems/quest.hpp>
#include <lacuna/attention/systems/sample_attention.hpp>
#include <lacuna/attention/systems/shadow_kv.hpp>
#include <lacuna/attention/systems/static_masks.hpp>
#include <lacuna/attention/systems/streaming_llm.hpp>
#include <lacuna/attention/systems/x_attention.hpp>
