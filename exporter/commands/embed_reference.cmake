# cmake -DOUTPUT=... -DREFERENCE=reference.md -P embed_reference.cmake
# Writes the quick reference as string literals, cut every 12,000 characters: compilers limit their length.
file(READ ${REFERENCE} content)
string(LENGTH "${content}" length)
set(text "")
set(at 0)
while(at LESS length)
  string(SUBSTRING "${content}" ${at} 12000 piece)
  string(APPEND text "R\"TEXT(${piece})TEXT\"\n")
  math(EXPR at "${at} + 12000")
endwhile()
file(WRITE ${OUTPUT} "#include \"exporter/commands/quick_reference.h\"
namespace authprobe::commands {
std::string_view embedded_reference() {
  return
${text}  ;
}
}  // namespace authprobe::commands
")
