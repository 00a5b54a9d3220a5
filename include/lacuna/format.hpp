#pragma once
// SPDX-License-Identifier: BSL-1.0
// Every pattern and codec, and how to make, convert and check sparse matrices. No SIMD.
#include <lacuna/codec/int4.hpp>
#include <lacuna/codec/int8.hpp>
#include <lacuna/format/bitmap.hpp>
#include <lacuna/format/bsr.hpp>
#include <lacuna/format/convert.hpp>
#include <lacuna/format/csr.hpp>
#include <lacuna/format/dense.hpp>
#include <lacuna/format/encode.hpp>
#include <lacuna/format/forms.hpp>
#include <lacuna/format/nm.hpp>
#include <lacuna/format/validate.hpp>
