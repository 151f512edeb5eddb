using System.Reflection;
using CseKms.Core.Tests.Interop;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestFramework(typeof(NeedingTestFramework))]

namespace CseKms.Core.Tests.Interop;

/// <summary>
/// Finds no tests in a class that needs what is not installed. So what is missing shows in <see cref="InstalledTests"/>, in one line, and
/// not in as many as there are tests.
/// </summary>
public sealed class NeedingTestFramework : XunitTestFramework
{
    protected override ITestFrameworkDiscoverer CreateDiscoverer(Assembly assembly) => new Discoverer(new XunitTestAssembly(assembly));

    private sealed class Discoverer(IXunitTestAssembly assembly) : XunitTestFrameworkDiscoverer(assembly)
    {
        protected override async ValueTask<bool> FindTestsForType(
            IXunitTestClass testClass, ITestFrameworkDiscoveryOptions discoveryOptions, Func<ITestCase, ValueTask<bool>> discoveryCallback) =>
            testClass.Class.GetCustomAttribute<NeedsAttribute>() is { } needs && !await needs.IsThereAsync()
                || await base.FindTestsForType(testClass, discoveryOptions, discoveryCallback);
    }
}
