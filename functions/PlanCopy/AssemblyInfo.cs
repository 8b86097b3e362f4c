using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Functions.Tests")]
