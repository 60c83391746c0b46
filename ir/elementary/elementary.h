// Rondo's elementary functions, each written once for every machine (see scalar_machine.h): the interpreter
// and the generated code run the same operations in the same order and so give the same bits.
#pragma once

#include "ir/elementary/erf.h"
#include "ir/elementary/exp.h"
#include "ir/elementary/fast.h"
#include "ir/elementary/log.h"
#include "ir/elementary/pow.h"
#include "ir/elementary/scalar_machine.h"
#include "ir/elementary/sigmoid.h"
#include "ir/elementary/tanh.h"
#include "ir/elementary/trigonometric.h"
