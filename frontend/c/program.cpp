// Cells from text.
#include <map>

#include "frontend/c/border.h"

using namespace rondo;
using c::given;
using c::guarded;

rondo_status rondo_program_parse(const char* name, const char* text, size_t size, rondo_program** program,
                                 rondo_messages** messages) {
  return guarded(messages, [&](ir::Diagnostics& diagnostics) {
    if (!given(text, "text", diagnostics) || !given(program, "program", diagnostics)) return false;
    auto copy = std::make_shared<ir::SourceText>();
    if (name) copy->name = name;
    copy->text.assign(text, size);  // the constructor would compute where a size ends that nothing can have
    const std::shared_ptr<const ir::SourceText> source = std::move(copy);
    const auto parsed = text::Program::parse(source, diagnostics);
    if (parsed) *program = new rondo_program{*parsed, parsed->cells()};
    return parsed.has_value();
  });
}

size_t rondo_program_cell_count(const rondo_program* program) {
  return program->cells.size();
}

const char* rondo_program_cell_name(const rondo_program* program, size_t index) {
  return index < program->cells.size() ? program->cells[index].c_str() : nullptr;
}

rondo_status rondo_program_cell(const rondo_program* program, const char* cell_name,
                                const rondo_setting* settings, size_t count, rondo_cell** cell,
                                rondo_messages** messages) {
  return guarded(messages, [&](ir::Diagnostics& diagnostics) {
    if (!given(program, "program", diagnostics) || !given(cell, "cell", diagnostics)) return false;
    if (count > 0 && !given(settings, "settings", diagnostics)) return false;
    std::map<std::string, int64_t> sizes;
    for (size_t i = 0; i < count; ++i) {
      if (!given(settings[i].name, "name of a setting", diagnostics)) return false;
      sizes[settings[i].name] = settings[i].value;
    }
    auto recurrence = program->program.instantiate(cell_name ? cell_name : "", sizes, {}, diagnostics);
    if (!recurrence || !ir::validate(*recurrence, diagnostics)) return false;
    *cell = new rondo_cell{std::make_shared<const ir::Recurrence>(std::move(*recurrence))};
    return true;
  });
}

void rondo_program_free(rondo_program* program) {
  delete program;
}
