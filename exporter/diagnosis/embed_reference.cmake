# cmake -DOUTPUT=... -DREFERENCE=reference.md -P embed_reference.cmake
# Writes the quick reference as string literals.
include(${CMAKE_CURRENT_LIST_DIR}/../literal.cmake)
literal(text ${REFERENCE})
file(WRITE ${OUTPUT} "#include \"exporter/diagnosis/embedded.h\"
namespace authprobe::diagnosis {
std::string_view embedded_reference() {
  return
${text}  ;
}
}  // namespace authprobe::diagnosis
")
