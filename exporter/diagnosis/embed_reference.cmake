# cmake -DOUTPUT=... -DCODES=docs/quick-reference.md -DCAUSES=docs/causes.md -P embed_reference.cmake
# Writes the sections of the codes and of the causes, as the documents have them, as string literals.
include(${CMAKE_CURRENT_LIST_DIR}/../literal.cmake)

# chapter(RESULT FILE HEADING): the sections ("### ...") of a document's chapter.
function(chapter result file heading)
  file(READ ${file} text)
  string(FIND "${text}" "\n## ${heading}\n" begin)
  if(begin EQUAL -1)
    message(FATAL_ERROR "${file} has no chapter \"${heading}\"")
  endif()
  string(SUBSTRING "${text}" ${begin} -1 text)
  string(FIND "${text}" "\n### " begin)
  string(SUBSTRING "${text}" ${begin} -1 text)
  string(FIND "${text}" "\n## " end)
  string(SUBSTRING "${text}" 1 ${end} text)
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

chapter(codes ${CODES} "The codes")
chapter(causes ${CAUSES} "The causes")
file(WRITE ${OUTPUT}.md "${codes}\n${causes}")
literal(text ${OUTPUT}.md)
file(WRITE ${OUTPUT} "#include \"exporter/diagnosis/embedded.h\"
namespace authprobe::diagnosis {
std::string_view embedded_reference() {
  return
${text}  ;
}
}  // namespace authprobe::diagnosis
")
